#!/usr/bin/env bash
# Prepares a checkout: uv, .venv, and from Debian's packages a Docker engine, Chromium and mmdebstrap.
#
# Only Python and its packages are required. The rest is needed by some uses alone (a Mautic that already runs
# needs no Docker), so what cannot be had is said in one message and is no failure here: whoever needs it says
# so again. Each step looks first whether it is done; a second run changes nothing.
set -euo pipefail
unset CDPATH
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
PATH=$PATH:/usr/sbin:/sbin # dockerd lies there, and `su` leaves it out

mkdir -p .cache
log=.cache/setup.log
began=$SECONDS
packages=() # what a person has to install
notes=()    # what else a person has to do

# Runs a command quietly: one line says what for and how long, its last lines follow where it fails.
step() {
  local what=$1 started=$SECONDS
  shift
  printf '%s ... ' "$what"
  if "$@" >"$log" 2>&1 </dev/null; then
    printf '%s s\n' "$((SECONDS - started))"
  else
    printf 'failed after %s s\n  %s\n' "$((SECONDS - started))" "$*"
    tail -n 15 "$log" | sed 's/^/  | /'
    return 1
  fi
}

have() { command -v "$1" >/dev/null 2>&1; }

can_install() { [ "$(id -u)" = 0 ] && have apt-get; }

# Installs a Debian package and what it wants beside it, or leaves it to a person.
provide() {
  if can_install && step "Install $1 from Debian's packages" scripts/apt.sh "$@"; then
    return
  fi
  packages+=("$1")
  return 1
}

# --- Python ---------------------------------------------------------------------------------------------------

python_fits() {
  .venv/bin/python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null
}

# What .venv is made from; the folder last, because the commands in .venv/bin name it.
made_from() {
  .venv/bin/python --version
  git hash-object requirements.lock pyproject.toml
  pwd
}

prepare_venv() {
  if python_fits && [ "$(made_from)" = "$(cat .venv/.made-from 2>/dev/null)" ]; then return; fi
  step "Find or install uv" scripts/uv.sh --version
  if ! python_fits || [ "$(tail -n 1 .venv/.made-from 2>/dev/null)" != "$PWD" ]; then
    rm -rf .venv
    step "Make .venv" scripts/uv.sh venv --python ">=3.11,<3.14" .venv
  fi
  step "Install the locked packages" \
    scripts/uv.sh pip install --python .venv/bin/python --require-hashes -r requirements.lock
  step "Install the project, editable" \
    scripts/uv.sh pip install --python .venv/bin/python --no-deps --no-build-isolation -e .
  made_from >.venv/.made-from
}

# --- Docker engine --------------------------------------------------------------------------------------------

# Asks the engine that DOCKER_HOST or the current context names; the reason of a failure is left in the log.
docker_answers() {
  local limit=()
  if have timeout; then limit=(timeout 30); fi # macOS has none; an engine elsewhere that is away hangs for minutes
  "${limit[@]+"${limit[@]}"}" docker version >"$log" 2>&1
}

dockerd_runs() { pidof dockerd >/dev/null 2>&1; }

# Waits until the engine answers, while the given command says that it lives; a minute at most, since loading
# its storage takes seconds on a slow disk.
await_docker() {
  local _
  for _ in {1..60}; do
    if docker_answers; then return; fi
    "$@" || return 1
    sleep 1
  done
  return 1
}

start_dockerd() {
  setsid dockerd --log-level warn >.cache/dockerd.log 2>&1 </dev/null &
  await_docker kill -0 $! 2>/dev/null || { tail -n 12 .cache/dockerd.log && return 1; }
}

start_engine() {
  if dockerd_runs; then
    step "Wait for the Docker engine, which is starting" await_docker dockerd_runs
  elif [ "$(id -u)" != 0 ] || ! have dockerd; then
    return
  elif [ -d /run/systemd/system ]; then
    step "Start the Docker engine" systemctl start docker
  else
    step "Start the Docker engine, its log is $PWD/.cache/dockerd.log" start_dockerd
  fi
}

prepare_docker() {
  if docker_answers; then return; fi
  if [ -z "${DOCKER_HOST:-}${DOCKER_CONTEXT:-}" ]; then
    if ! have docker || { can_install && ! have dockerd; }; then
      # AppArmor's tools: where the kernel has it on, the engine starts no container without them.
      provide docker.io apparmor ca-certificates || return 0
      have docker || provide docker-cli || return 0 # a package of its own from Debian 13 on
    fi
    docker_answers || start_engine || true
    if docker_answers; then return; fi
  fi
  notes+=("No Docker engine answers${DOCKER_HOST:+ at $DOCKER_HOST}: $(tail -n 1 "$log")")
}

# --- Chromium and the rehearsal's image builder -----------------------------------------------------------------

# Asks the product, so that both look in the same places; one that a variable names is a person's own business.
has_chromium() {
  [ -n "${MAUTIC_BOOTSTRAP_CHROMIUM:-}" ] || .venv/bin/python -c \
    'import os; from mautic_bootstrap.admin.browser import find_chromium; find_chromium(os.environ)' 2>"$log"
}

# The one without windows does, where Debian has it: 64 MB, and a quarter of the work.
chromium_package() {
  if apt-cache show chromium-headless-shell >/dev/null 2>&1; then
    echo chromium-headless-shell
  else
    echo chromium
  fi
}

# Playwright's driver is a Node.js that is linked to it; neither Python nor Debian's Chromium brings it along.
has_libatomic() { ! have ldconfig || [[ $(ldconfig -p) == *libatomic.so.1* ]]; }

# --- In order -------------------------------------------------------------------------------------------------

have git || provide git || true # what is installed is told by it, and so is whether .env is ignored
prepare_venv
prepare_docker
has_chromium || provide "$(chromium_package)" || true
has_libatomic || provide libatomic1 || true
have mmdebstrap || provide mmdebstrap || true

if [ ${#packages[@]} -gt 0 ]; then
  notes=("Not installed: ${packages[*]}. As root: apt-get install ${packages[*]}" "${notes[@]+"${notes[@]}"}")
fi
if [ ${#notes[@]} -gt 0 ]; then
  printf 'Python is ready; this is not:\n'
  printf '  - %s\n' "${notes[@]}"
  cat <<'WHY'
A Docker engine runs Mautic here, and mmdebstrap builds its rehearsal; Chromium makes its OAuth2 client.
A Mautic that already runs needs no Docker, and one whose client exists needs no Chromium.
WHY
fi
printf 'setup: done in %s s\n' "$((SECONDS - began))"
