#!/usr/bin/env bash
# Installs Debian packages, nothing beside what they need; run as root. The package lists are fetched first
# where they are missing or too old to name the packages' current files.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

install() {
  apt-get install --yes --quiet --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

install "$@" || { apt-get update --quiet </dev/null && install "$@"; }
