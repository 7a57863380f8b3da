import json
from typing import Any

import pytest

from mautic_bootstrap.containers.snapshot import Inspected, snapshot_of
from mautic_bootstrap.errors import ContainerError

# As Docker Engine 20.10 answers, cut down to what is looked at and to what must not be shown.
_CONTAINER: dict[str, Any] = {
    "Id": "a89b",
    "Name": "/mautic-web",
    "State": {"Status": "running", "ExitCode": 0, "Health": {"Status": "starting"}},
    "Image": "sha256:a4a5",
    "RestartCount": 2,
    "HostConfig": {"PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}},
    "Config": {
        "Image": "mautic/mautic:7-apache",
        "Env": ["MAUTIC_DB_PASSWORD=hidden"],
        "Labels": {"mautic-bootstrap.instance": "mautic"},
    },
}
_IMAGE = {"Id": "sha256:a4a5", "RepoTags": ["mautic/mautic:7-apache"], "RootFS": {"Type": "layers"}}
_NETWORK = {"Name": "mautic", "Id": "ee83", "IPAM": {"Driver": "default"}, "Labels": {"x": "y"}}
_VOLUME = {"Name": "mautic-db", "Mountpoint": "/var/lib/docker/volumes/mautic-db", "Labels": None}


def _snapshot(found: list[dict[str, Any]], stderr: str = "", **names: list[str]) -> Any:
    kinds = (names.get(kind, []) for kind in ("containers", "images", "networks"))
    return snapshot_of(json.dumps(found), stderr, *kinds)


def test_containers_images_and_networks_are_told_apart_by_what_they_are() -> None:
    seen = _snapshot(
        [_CONTAINER, _IMAGE, _NETWORK],
        containers=["mautic-web"],
        images=["mautic/mautic:7-apache"],
        networks=["mautic"],
    )
    assert seen.containers == {
        "mautic-web": Inspected(
            name="mautic-web",
            status="running",
            exit_code=0,
            health="starting",
            restarts=2,
            image="mautic/mautic:7-apache",
            image_id="sha256:a4a5",
            labels={"mautic-bootstrap.instance": "mautic"},
            ports=(8080,),
        )
    }
    assert seen.images == {"mautic/mautic:7-apache": "sha256:a4a5"}
    assert seen.networks == {"mautic": {"x": "y"}}


def test_no_environment_is_kept_since_it_holds_passwords() -> None:
    assert "hidden" not in repr(_snapshot([_CONTAINER], containers=["mautic-web"]))


@pytest.mark.parametrize(
    "wording",
    [
        "Error: No such object: {}",  # Docker 20.10 and 28
        "error: no such object: {}",  # Docker 28.3 and later
        'Error: no such object: "{}"',  # podman
        'Error: inspecting object: no such object: "{}"',
    ],
)
def test_what_does_not_exist_is_left_out_in_every_wording(wording: str) -> None:
    stderr = "".join(f"{wording.format(name)}\n" for name in ("mautic-db", "mariadb:10.11"))
    seen = _snapshot(
        [_CONTAINER, _IMAGE],
        stderr,
        containers=["mautic-db", "mautic-web"],
        images=["mautic/mautic:7-apache", "mariadb:10.11"],
    )
    assert list(seen.containers) == ["mautic-web"]
    assert list(seen.images) == ["mautic/mautic:7-apache"]


def test_nothing_there_is_an_empty_snapshot() -> None:
    for stdout in ("[]\n", ""):
        seen = snapshot_of(stdout, "Error: No such object: a\n", ["a"], [], [])
        assert (seen.containers, seen.images, seen.networks) == ({}, {}, {})


@pytest.mark.parametrize("other", [_VOLUME, _NETWORK, _IMAGE])
def test_something_else_of_a_container_s_name_is_no_container(other: dict[str, Any]) -> None:
    assert _snapshot([other], containers=["mautic-db"]).containers == {}


@pytest.mark.parametrize("other", [_VOLUME, _NETWORK, _CONTAINER])
def test_something_else_of_an_image_s_name_is_no_image(other: dict[str, Any]) -> None:
    assert _snapshot([other], images=["mautic"]).images == {}


@pytest.mark.parametrize("other", [_VOLUME, _CONTAINER, _IMAGE])
def test_something_else_of_a_network_s_name_is_no_network(other: dict[str, Any]) -> None:
    assert _snapshot([other], networks=["mautic"]).networks == {}


def test_one_image_for_both_is_seen_twice() -> None:
    seen = _snapshot([_IMAGE, _IMAGE], images=["a", "a"])
    assert seen.images == {"a": "sha256:a4a5"}


def test_a_container_without_health_labels_ports_or_configuration_is_understood() -> None:
    bare = {"State": {"Status": "exited", "ExitCode": 137}, "HostConfig": {"PortBindings": None}}
    seen = _snapshot([bare], containers=["a"]).containers["a"]
    assert (seen.status, seen.exit_code, seen.health) == ("exited", 137, "none")
    assert (seen.labels, seen.ports, seen.image, seen.restarts) == ({}, (), "", 0)
    odd = bare | {
        "HostConfig": {"PortBindings": {"80/tcp": [{"HostPort": ""}], "443/tcp": None}},
        "Config": {"Labels": None},
    }
    assert _snapshot([odd], containers=["a"]).containers["a"].ports == ()


@pytest.mark.parametrize(
    ("stdout", "stderr", "seen"),
    [
        ("[]", "", "an answer that fits no name"),
        ("[{}, {}]", "", "an answer that fits no name"),
        ("no JSON", "", "an answer that fits no name"),
        ("[]", "Error response from daemon: broken", "Error response from daemon: broken"),
    ],
)
def test_an_answer_that_fits_no_name_is_an_error(stdout: str, stderr: str, seen: str) -> None:
    with pytest.raises(ContainerError) as caught:
        snapshot_of(stdout, stderr, ["a"], [], [])
    assert str(caught.value) == (
        f"look at the containers: expected the engine's answer for each name, saw {seen}."
        " Run `docker inspect` by hand."
    )
