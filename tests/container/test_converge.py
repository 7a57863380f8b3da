"""The container role by itself: what is made, made anew, left alone and refused. The stand-in plays the images."""

import json
from pathlib import Path
from typing import Any

import pytest

from container import docker_cli
from container.docker_cli import docker
from e2e import stand_in
from e2e.playbook import Answer, Checkout
from mautic_bootstrap.containers.topology import LABEL_INSTANCE


@pytest.fixture
def checkout(tmp_path: Path, name: str) -> Checkout:
    return stand_in.checkout_for(tmp_path / "checkout", name)


def _converge(checkout: Checkout, **variables: object) -> Answer:
    return checkout.play(
        *("--tags", "mautic_container", "--diff"),
        playbook="bootstrap.yml",
        timeout_s=300,
        environment=None,
        **variables,
    )


def _containers(name: str) -> dict[str, dict[str, Any]]:
    names = docker_cli.labelled("container", name)
    found = json.loads(docker("container", "inspect", *names)) if names else []
    return {c["Name"].removeprefix(f"/{name}-"): c for c in found}


def test_only_what_a_change_shapes_is_made_anew(checkout: Checkout, name: str) -> None:
    _converge(checkout).ok()
    before = _containers(name)
    assert set(before) == {"db", "web", "cron", "worker"}
    for part, container in before.items():
        assert container["State"]["Running"], part
        assert container["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
        assert container["Config"]["Labels"][LABEL_INSTANCE] == name
        assert list(container["NetworkSettings"]["Networks"]) == [name]
    port = str(checkout.variables["mautic_url"]).rpartition(":")[2]
    published = [binding for c in before.values() for binding in _published(c)]
    assert published == [("127.0.0.1", port)]
    blocked = before["web"]["HostConfig"]["ExtraHosts"]
    assert "updates.mautic.org:127.0.0.1" in blocked

    other_port = docker_cli.free_port()
    _converge(
        checkout, mautic_url=f"http://localhost:{other_port}", mautic_background_roles=["cron"]
    ).ok()
    after = _containers(name)
    assert set(after) == {"db", "web", "cron"}
    assert after["db"]["Id"] == before["db"]["Id"]
    assert after["web"]["Id"] != before["web"]["Id"]
    assert _published(after["web"]) == [("127.0.0.1", str(other_port))]
    volumes = docker_cli.labelled("volume", name)
    parts = ("config", "db", "logs", "media-files", "media-images")
    assert volumes == [f"{name}-{part}" for part in parts]


def test_containers_and_networks_of_strangers_are_refused_and_left_alone(
    checkout: Checkout, name: str
) -> None:
    mark = ("--label", f"{docker_cli.LABEL_TEST}={name}")
    image = str(checkout.variables["mautic_image"])
    stranger = docker("create", *mark, "--name", f"{name}-web", image)
    docker("network", "create", *mark, name)
    message = _converge(checkout).refused().failures["localhost"]["msg"]
    assert f"the container {name}-web was not made by this project" in message
    assert f"the network {name} was not made by this project" in message
    assert docker("inspect", "--format", "{{.Id}}", f"{name}-web") == stranger
    assert docker_cli.everything(name) == []


def _published(container: dict[str, Any]) -> list[tuple[str, str]]:
    bindings = (container["HostConfig"]["PortBindings"] or {}).values()
    return [(b["HostIp"], b["HostPort"]) for found in bindings for b in found]
