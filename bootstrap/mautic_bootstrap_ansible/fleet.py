# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""The other hosts of a run: which Mautics are theirs, and what no two of them may share."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError

from mautic_bootstrap import run_lock, variables
from mautic_bootstrap.urls import normalise_base_url

# What each host needs for itself: where two share it, one's credentials end up in the other's `.env`.
_OWN = {"app_env_path": "a file", "app_secret_path": "a place", "mautic_instance": "one"}


def urls(task_vars: Mapping[str, Any]) -> list[str]:
    """Return the base URLs of all the hosts of the run, normalised; one that is none is that host's own failure."""
    found = [_url(task_vars, host) for host in task_vars.get("ansible_play_hosts_all", [])]
    return [url for url in found if url is not None]


def shared(task_vars: Mapping[str, Any], root: Path) -> list[str]:
    """Refuse what two hosts would share: `.env`, the place for secrets, the client in one Mautic."""
    hosts = task_vars.get("ansible_play_hosts_all", [])
    if len(hosts) < 2:
        return []
    me = str(task_vars.get("inventory_hostname", ""))
    problems = []
    for name, own in _OWN.items():
        said = {host: _of_host(task_vars, host, name) for host in hosts}
        if not said[me]:
            continue
        places = {
            host: os.path.realpath(root / Path(text).expanduser()) for host, text in said.items()
        }
        others = sorted(host for host in hosts if host != me and places[host] == places[me])
        if others:
            who = f"for {me} and for {', '.join(others)}"
            problems.append(f"{name} is {said[me]} {who}; each host needs {own} of its own")
    return problems + _shared_client(task_vars, me, hosts)


def _shared_client(task_vars: Mapping[str, Any], me: str, hosts: Sequence[str]) -> list[str]:
    """Refuse a client that another host has, too: rotating one would revoke what the other's `.env` holds."""
    url, name = (_of_host(task_vars, me, each) for each in ("mautic_url", "mautic_client_name"))
    mine = _client(task_vars, me)
    others = sorted(host for host in hosts if host != me and _client(task_vars, host) == mine)
    if mine is None or not others:
        return []
    who = f"for {me} and for {', '.join(others)}"
    fix = "each host needs a client of its own: give each another name"
    return [f"mautic_url is {url} and mautic_client_name is {name} {who}; {fix}"]


def _client(task_vars: Mapping[str, Any], host: str) -> tuple[str, str] | None:
    """Return which client of which Mautic a host has; None where it fails by itself for want of a URL."""
    url = _url(task_vars, host)
    if url is None:
        return None
    return run_lock.place_of(url), _of_host(task_vars, host, "mautic_client_name")


def _url(task_vars: Mapping[str, Any], host: str) -> str | None:
    try:
        return normalise_base_url(_of_host(task_vars, host, "mautic_url"))
    except ValueError:
        return None


def _of_host(task_vars: Mapping[str, Any], host: str, name: str) -> str:
    try:
        value = task_vars["hostvars"][host].get(name)
    except AnsibleError:
        value = host  # it says so itself, and shares nothing
    return str(value or variables.Variables.model_fields[name].default or "")
