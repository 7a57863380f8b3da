# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Prints the closing table of each host as the last lines of a run."""

from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: mautic_summary
type: aggregate
short_description: Prints the closing table as the last lines of a run
description:
  - Collects what the action M(api_proof) hands over and prints it after the recap.
  - A host that failed later has no table.
"""

_FACT = "bootstrap_summary"


class CallbackModule(CallbackBase):
    """Keeps the tables until the run is over."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "bootstrap_summary"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Start without a table."""
        super().__init__(*args, **kwargs)
        self._tables: dict[str, list[str]] = {}

    def v2_runner_on_ok(self, result: Any) -> None:
        """Keep a host's table."""
        facts = result.result.get("ansible_facts") or {}
        if facts.get(_FACT):
            self._tables[result.host.get_name()] = list(facts[_FACT])

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Drop the table of a host that failed after all."""
        if not ignore_errors:
            self._tables.pop(result.host.get_name(), None)

    def v2_playbook_on_stats(self, stats: Any) -> None:  # noqa: ARG002  # Ansible's signature
        """Print the tables."""
        for host, lines in sorted(self._tables.items()):
            if len(self._tables) > 1:
                self._display.display(f"\n{host}")
            for line in lines:
                self._display.display(line)
