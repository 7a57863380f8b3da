#!/usr/bin/env bash
# Installs what the tests alone use and can do without: a Redis, whose tests else say why they are skipped.
# Debian's redis-tools holds the server's program, too, and starts no service.
set -euo pipefail
unset CDPATH
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

if command -v redis-server redis-check-rdb >/dev/null; then exit; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  scripts/apt.sh redis-tools >.cache/test_tools.log 2>&1 && exit
fi
echo "No Redis for the tests. As root: apt-get install redis-tools"
