from typing import Any

import pytest

from mautic_bootstrap.containers.snapshot import Inspected, Snapshot
from mautic_bootstrap.containers.topology import (
    LABEL_FINGERPRINT,
    LABEL_INSTANCE,
    Fingerprints,
    Topology,
    differences,
    strangers,
)
from mautic_bootstrap.variables import load
from unit.fakes import container

_TOPOLOGY = Topology("mautic", ("cron", "worker"))
_WANTED = Fingerprints(database="db0", mautic="web0")
_IMAGES = {"mautic/mautic:7-apache": "sha256:7", "mariadb:10.11": "sha256:db"}


def _container(name: str, **changes: Any) -> Inspected:
    fingerprint = _WANTED.database if name == _TOPOLOGY.database else _WANTED.mautic
    return container(
        name, labels={LABEL_FINGERPRINT: fingerprint} | changes.pop("labels", {}), **changes
    )


def _snapshot(**changes: dict[str, Any] | None) -> Snapshot:
    """All containers as wanted, but for changes by the last part of their names; None is absent."""
    found = {}
    for name in _TOPOLOGY.containers:
        change = changes.get(name.rpartition("-")[2], {})
        if change is not None:
            found[name] = _container(name, **change)
    return Snapshot(found, {})


def _fingerprints(
    images: dict[str, str] = _IMAGES, *, blocked: bool = False, **values: Any
) -> Fingerprints:
    return Fingerprints.of(load(values), images, phone_home_blocked=blocked)


def test_every_name_begins_with_the_instance() -> None:
    assert _TOPOLOGY.containers == ("mautic-db", "mautic-web", "mautic-cron", "mautic-worker")
    assert _TOPOLOGY.volumes == (
        *("mautic-db", "mautic-config", "mautic-media-files", "mautic-media-images"),
        "mautic-logs",
    )
    assert (_TOPOLOGY.database, _TOPOLOGY.web, _TOPOLOGY.network) == (
        "mautic-db",
        "mautic-web",
        "mautic",
    )


@pytest.mark.parametrize(
    ("roles", "unwanted"),
    [
        (["cron", "worker"], ()),
        (["worker"], ("mautic-cron",)),
        ([], ("mautic-cron", "mautic-worker")),
    ],
)
def test_background_containers_not_asked_for_are_unwanted(
    roles: list[str], unwanted: tuple[str, ...]
) -> None:
    topology = Topology.of(load({"mautic_background_roles": roles}))
    assert topology.unwanted == unwanted
    assert not set(unwanted) & set(topology.containers)


def test_containers_as_wanted_do_not_differ() -> None:
    assert differences(_TOPOLOGY, _snapshot(), _WANTED) == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"web": None}, "container mautic-web: absent -> running"),
        ({"cron": {"status": "exited"}}, "container mautic-cron: exited -> running"),
        ({"web": {"status": "paused"}}, "container mautic-web: paused -> running"),
        ({"db": {"health": "unhealthy"}}, "container mautic-db: unhealthy -> healthy"),
        (
            {"web": {"labels": {LABEL_FINGERPRINT: "other"}}},
            "container mautic-web: made from other settings or another image -> made anew",
        ),
        (
            {"db": {"labels": {LABEL_FINGERPRINT: _WANTED.mautic}}},
            "container mautic-db: made from other settings or another image -> made anew",
        ),
    ],
)
def test_each_difference_is_one_line(changes: dict[str, Any], line: str) -> None:
    assert differences(_TOPOLOGY, _snapshot(**changes), _WANTED) == [line]


def test_a_container_still_starting_does_not_differ() -> None:
    assert differences(_TOPOLOGY, _snapshot(web={"health": "starting"}), _WANTED) == []


def test_an_unwanted_container_goes_if_it_is_ours_and_stays_if_it_is_a_stranger_s() -> None:
    web_only = Topology("mautic", ())
    snapshot = _snapshot(worker={"labels": {LABEL_INSTANCE: "other"}})
    assert differences(web_only, snapshot, _WANTED) == ["container mautic-cron: running -> absent"]


def test_strangers_are_containers_and_networks_of_our_names_without_our_label() -> None:
    snapshot = _snapshot(web={"labels": {LABEL_INSTANCE: "other"}})
    assert strangers(_TOPOLOGY, snapshot) == ["container mautic-web"]
    assert strangers(_TOPOLOGY, Snapshot({}, {}, {"mautic": {}})) == ["network mautic"]
    assert strangers(_TOPOLOGY, Snapshot({}, {}, {"mautic": {LABEL_INSTANCE: "mautic"}})) == []


def test_a_fingerprint_is_short_and_stays_the_same() -> None:
    assert _fingerprints() == _fingerprints()
    assert len(_fingerprints().mautic) == len(_fingerprints().database) == 16


@pytest.mark.parametrize(
    "change",
    [
        {"mautic_url": "http://localhost:8081"},
        {"mautic_bind_address": "127.0.0.2"},
        {"blocked": True},
        {"images": _IMAGES | {"mautic/mautic:7-apache": "sha256:8"}},
    ],
)
def test_what_shapes_mautic_leaves_the_database_running(change: dict[str, Any]) -> None:
    assert _fingerprints(**change).mautic != _fingerprints().mautic
    assert _fingerprints(**change).database == _fingerprints().database


def test_another_database_image_leaves_mautic_as_it_is() -> None:
    other = _fingerprints(_IMAGES | {"mariadb:10.11": "sha256:other"})
    assert other.database != _fingerprints().database
    assert other.mautic == _fingerprints().mautic


@pytest.mark.parametrize(
    "values",
    [
        {"mautic_admin_password": "gorse-lantern-42-quietly"},
        {"mautic_client_name": "other"},
        {"mautic_background_roles": []},
        {"app_env_auth": "basic"},
    ],
)
def test_what_shapes_no_container_changes_no_fingerprint(values: dict[str, Any]) -> None:
    assert _fingerprints(**values) == _fingerprints()
