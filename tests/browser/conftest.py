"""A stand-in for Mautic per test, of both imitated versions."""

from collections.abc import Iterator

import pytest

from contract.targets import ADMIN_PASSWORD, ADMIN_USERNAME
from mautic_bootstrap.rehearsal.server import RehearsalServer
from mautic_bootstrap.rehearsal.versions import VERSIONS


@pytest.fixture(params=sorted(VERSIONS))
def rehearsal(request: pytest.FixtureRequest) -> Iterator[RehearsalServer]:
    """An installed stand-in; `ADMIN_USERNAME` and `ADMIN_PASSWORD` log in.

    Change `rehearsal.site.flags` to make it misbehave, look at `rehearsal.requests` for what it was asked.
    """
    with RehearsalServer(request.param) as server:
        server.install(ADMIN_USERNAME, ADMIN_PASSWORD)
        yield server
