#!/usr/bin/env bash
# Makes requirements.lock and requirements-uv.lock; versions stay where they are unless --upgrade is given.
#
# The last line of requirements.lock is the hash of the requirements.in it was made from: a test compares it,
# so that a change of one without the other does not pass.
set -euo pipefail
unset CDPATH
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

compile() {
  scripts/uv.sh pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --custom-compile-command "make lock" "$@" >/dev/null
}

compile "$@" --output-file requirements.lock requirements.in
printf '# requirements.in: git blob %s\n' "$(git hash-object requirements.in)" >>requirements.lock
echo uv | compile "$@" --output-file requirements-uv.lock -
