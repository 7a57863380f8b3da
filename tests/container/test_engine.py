"""What the container engine really answers, and what is made of it."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from container import docker_cli
from container.docker_cli import LABEL_TEST, docker
from mautic_bootstrap.containers import images as getting
from mautic_bootstrap.containers.engine import Engine
from mautic_bootstrap.containers.snapshot import Inspected
from mautic_bootstrap.errors import ContainerError, RegistryUnreachableError
from mautic_bootstrap.rehearsal.image import RehearsalImages

_NOWHERE = "registry.invalid/mautic:none"


@pytest.fixture
def run(name: str, images: RehearsalImages) -> Callable[..., str]:
    """Start a container that runs a shell script; return its name."""

    def start(script: str, *options: str, part: str = "one") -> str:
        container = f"{name}-{part}"
        named = ("--detach", "--name", container, "--label", f"{LABEL_TEST}={name}")
        docker("run", *named, *options, "--entrypoint", "sh", images.db, "-c", script)
        return container

    return start


def _until(look: Callable[[], Inspected], wanted: Callable[[Inspected], bool]) -> Inspected:
    deadline = time.monotonic() + 30
    while not wanted(seen := look()):
        assert time.monotonic() < deadline, seen
        time.sleep(0.1)
    return seen


def _look(container: str) -> Inspected:
    return Engine().inspect([container], []).containers[container]


def test_one_call_sees_containers_images_and_networks_and_leaves_out_what_is_absent(
    name: str, images: RehearsalImages, run: Callable[..., str]
) -> None:
    port = docker_cli.free_port()
    container = run("sleep 60", "--publish", f"127.0.0.1:{port}:80", "--env", "SECRET=hunter2")
    label = f"{LABEL_TEST}={name}"
    docker("network", "create", "--label", label, f"{name}-net")
    docker("volume", "create", "--label", label, f"{name}-volume")
    absent = f"{name}-absent"
    snapshot = Engine().inspect(
        [container, absent, f"{name}-volume"], [images.db, _NOWHERE], [f"{name}-net", absent]
    )
    assert set(snapshot.containers) == {container}
    seen = snapshot.containers[container]
    assert (seen.status, seen.health, seen.restarts) == ("running", "none", 0)
    assert (seen.image, seen.image_id) == (images.db, snapshot.images[images.db])
    assert seen.ports == (port,)
    assert seen.labels[LABEL_TEST] == name
    assert set(snapshot.images) == {images.db}
    assert snapshot.networks == {f"{name}-net": {LABEL_TEST: name}}
    assert "hunter2" not in repr(snapshot)


def test_a_crash_and_a_loop_of_crashes_are_told_apart(run: Callable[..., str]) -> None:
    once = run("exit 3", part="once")
    looping = run("exit 4", "--restart", "unless-stopped", part="looping")
    seen = _until(lambda: _look(once), lambda c: c.status == "exited")
    assert (seen.exit_code, seen.restarts) == (3, 0)
    seen = _until(lambda: _look(looping), lambda c: c.restarts > 1)
    assert seen.exit_code in {0, 4}  # 0 in the moment in which it runs again


def test_a_failing_health_check_shows(run: Callable[..., str]) -> None:
    check = ("--health-cmd", "exit 1", "--health-interval", "1s", "--health-retries", "1")
    container = run("sleep 60", *check)
    _until(lambda: _look(container), lambda c: c.health == "unhealthy")


def test_labelled_things_are_found_stopped_ones_too_and_removed(
    name: str, run: Callable[..., str]
) -> None:
    engine, label = Engine(), f"{LABEL_TEST}={name}"
    stopped, running = run("exit 0", part="stopped"), run("sleep 60", part="running")
    docker("volume", "create", "--label", label, f"{name}-data")
    assert sorted(engine.labelled("container", label)) == [running, stopped]
    assert engine.labelled("volume", label) == [f"{name}-data"]
    assert engine.labelled("network", label) == []
    assert engine.volumes([f"{name}-data", f"{name}-dat"]) == [f"{name}-data"]
    engine.remove("container", [stopped, running])
    engine.remove("volume", [f"{name}-data"])
    assert engine.labelled("container", label) == engine.labelled("volume", label) == []


def test_a_volume_in_use_is_not_removed_and_the_engine_says_why(
    name: str, run: Callable[..., str]
) -> None:
    volume = f"{name}-data"
    docker("volume", "create", "--label", f"{LABEL_TEST}={name}", volume)
    run("sleep 60", "--volume", f"{volume}:/data")
    with pytest.raises(ContainerError, match="volume is in use"):
        Engine().remove("volume", [volume])
    assert Engine().volumes([volume]) == [volume]


def test_log_environment_and_commands_of_a_container(run: Callable[..., str]) -> None:
    engine = Engine()
    container = run("echo out; echo err >&2; sleep 60", "--env", "ONE=a=b")
    _until(lambda: _look(container), lambda _: "err" in engine.log_tail(container))
    assert set(engine.log_tail(container).splitlines()) == {"out", "err"}
    assert engine.environment(container)["ONE"] == "a=b"
    assert engine.run_in(container, ["cat"], "on standard input") == "on standard input"
    with pytest.raises(ContainerError) as caught:
        engine.run_in(container, ["sh", "-c", "echo why >&2; exit 9"], "")
    assert "expected exit code 0, saw 9" in str(caught.value)
    assert caught.value.log_tail == "why"


def test_a_container_that_is_absent_has_no_log_and_no_environment(name: str) -> None:
    assert Engine().log_tail(f"{name}-absent") == ""
    assert Engine().environment(f"{name}-absent") == {}


def test_stopped_containers_start_again(run: Callable[..., str]) -> None:
    container = run("sleep 60")
    docker("kill", container)
    Engine().start([container])
    assert _look(container).status == "running"


def test_an_archive_gives_an_image_that_is_not_here(
    name: str, images: RehearsalImages, tmp_path: Path
) -> None:
    engine, image, archive = Engine(), f"{name}:saved", tmp_path / "image.tar"
    docker("tag", images.db, image)
    docker("save", "--output", str(archive), image)
    docker("image", "rm", image)
    assert getting.planned(engine, image, archive) == "loaded"
    assert engine.inspect([], [image]).images == {}
    assert getting.get(engine, image, archive) == "loaded"
    assert engine.inspect([], [image]).images


def test_an_archive_that_is_none_is_told(tmp_path: Path) -> None:
    archive = tmp_path / "image.tar"
    archive.write_text("no archive")
    with pytest.raises(ContainerError, match="expected an archive made by `docker save`, saw "):
        getting.get(Engine(), _NOWHERE, archive)


@pytest.mark.parametrize("get", [getting.get, getting.planned])
def test_a_registry_that_nobody_reaches_is_told_with_three_ways_out(
    get: Callable[..., str],
) -> None:
    with pytest.raises(RegistryUnreachableError, match="no registry that answers") as caught:
        get(Engine(), _NOWHERE, None)
    for way in ("docker load", "mautic_image_archive", "mautic_fallback=rehearsal"):
        assert way in str(caught.value)


def test_an_engine_that_does_not_run_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert Engine().address() == f"unix://{tmp_path}/none.sock"
    with pytest.raises(ContainerError, match="expected a running Docker engine"):
        Engine().inspect(["any"], [])
