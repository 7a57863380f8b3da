"""Walks through every target once and hands out what it saw."""

from collections.abc import Callable

import pytest

from contract.route import walk_through
from contract.targets import from_environment, stand_in
from contract.walk import Seen
from mautic_bootstrap.rehearsal.server import RehearsalServer

Walked = Callable[[str, str], Seen]


@pytest.fixture(scope="session")
def walked() -> Walked:
    """Return a function from a target's name and version to what a walk through it saw.

    A walk that broke off is not tried again: it fails every test at once, with the same error.
    """
    done: dict[tuple[str, str], Seen | Exception] = {}

    def walk(target: str, version: str) -> Seen:
        if (target, version) not in done:
            try:
                done[target, version] = _walk(target, version)
            except Exception as exc:  # noqa: BLE001  # raised again below, for every test
                done[target, version] = exc
        seen = done[target, version]
        if isinstance(seen, Exception):
            raise seen
        return seen

    return walk


def _walk(target: str, version: str) -> Seen:
    if target == "live":
        live = from_environment()
        assert live is not None
        return walk_through(live)
    with RehearsalServer(version) as server:
        return walk_through(stand_in(server))
