#!/usr/bin/env bash
# Runs uv: the one on PATH, else the one that requirements-uv.lock pins, installed hash-checked into .tools/.
set -euo pipefail
unset CDPATH
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

# Asked for its version, because a version manager's shim can be on PATH without a uv behind it.
if uv --version >/dev/null 2>&1; then
  exec uv "$@"
fi

uv=$root/.tools/uv/bin/uv
pinned=$(sed -n 's/^uv==\([^ ]*\).*/\1/p' "$root/requirements-uv.lock")
installed=$("$uv" --version 2>/dev/null | cut -d' ' -f2 || true)
if [ "$installed" != "$pinned" ]; then
  if ! python3 -m pip --version >/dev/null 2>&1; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
      echo "Neither uv nor pip is here. Install one of them (as root: apt-get install python3-pip), then run make setup again." >&2
      exit 1
    fi
    "$root/scripts/apt.sh" python3-pip >&2
  fi
  rm -rf "$root/.tools/uv"
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
    --no-deps --require-hashes --only-binary :all: --target "$root/.tools/uv" -r "$root/requirements-uv.lock" >&2
fi
exec "$uv" "$@"
