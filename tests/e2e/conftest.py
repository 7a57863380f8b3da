"""Sweeping what killed runs left, and marks that depend on the target."""

import pytest

from container import docker_cli

_MARK = "long_on"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{_MARK}(*targets): long on these targets")


@pytest.hookimpl(tryfirst=True)  # before `-m` picks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        callspec = getattr(item, "callspec", None)
        target = callspec and callspec.params.get("mautic")
        for mark in item.iter_markers(_MARK):
            if target is not None and target.name in mark.args:
                item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session", autouse=True)
def _leftovers() -> None:
    docker_cli.sweep()
