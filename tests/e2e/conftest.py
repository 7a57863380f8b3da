"""Sweeping what killed runs left, and marks that depend on the target."""

import pytest

from container import docker_cli


@pytest.hookimpl(tryfirst=True)  # before `-m` picks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        callspec = getattr(item, "callspec", None)
        target = callspec and callspec.params.get("mautic")
        for mark in item.iter_markers("long_on"):
            if target is not None and target.name in mark.args:
                item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session", autouse=True)
def _leftovers() -> None:
    docker_cli.sweep()
