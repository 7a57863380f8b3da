import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mautic_bootstrap.containers.engine import Engine, exec_argv
from mautic_bootstrap.errors import ContainerError

# A `docker` that says what it is told to and notes what it was given.
_PROGRAM = """#!/bin/sh
cd {folder}
for argument in "$@"; do printf '%s\\n' "$argument"; done >argv
cat >stdin
cat stdout
cat stderr >&2
exit "$(cat code)"
"""

Docker = Callable[..., Path]


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    """Put a `docker` with the given answer on PATH; return the folder where it notes what it got."""

    def answer(stdout: str = "", stderr: str = "", code: int = 0) -> Path:
        for name, text in {"stdout": stdout, "stderr": stderr, "code": str(code)}.items():
            (tmp_path / name).write_text(text)
        (tmp_path / "docker").write_text(_PROGRAM.format(folder=tmp_path))
        (tmp_path / "docker").chmod(0o700)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        return tmp_path

    return answer


def _argv(folder: Path) -> list[str]:
    return (folder / "argv").read_text().splitlines()


def test_everything_is_looked_at_with_one_call(docker: Docker) -> None:
    folder = docker("[]", "Error: No such object: a\nError: No such object: b:1\n", 1)
    snapshot = Engine().inspect(["a"], ["b:1"])
    assert (snapshot.containers, snapshot.images, snapshot.networks) == ({}, {}, {})
    assert _argv(folder) == ["inspect", "a", "b:1"]


def test_where_the_engine_is_is_what_the_command_line_s_context_says(docker: Docker) -> None:
    folder = docker("unix:///home/somebody/.docker/desktop/docker.sock\n")
    assert Engine().address() == "unix:///home/somebody/.docker/desktop/docker.sock"
    assert _argv(folder) == ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    docker("", "unknown command", 125)
    assert Engine().address() == ""


def test_a_missing_command_line_is_told_with_two_ways_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ContainerError) as caught:
        Engine().inspect(["a"], [])
    assert str(caught.value) == (
        "run `docker inspect`: expected the docker command, saw none on PATH. Install Docker Engine (Debian:"
        " `apt-get install docker.io`), run `make setup`, or use `-i inventory/existing` for a Mautic that"
        " already runs."
    )


def test_a_command_line_that_cannot_be_started_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docker").write_text("no program")
    (tmp_path / "docker").chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        ContainerError, match=r"expected the docker command, saw .*Exec format error"
    ):
        Engine().inspect(["a"], [])


@pytest.mark.parametrize(
    "said",
    [
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
        "Cannot connect to the Docker daemon at tcp://127.0.0.1:1. Is the docker daemon running?",
        # 20.10 and 28
        (
            "permission denied while trying to connect to the Docker daemon socket at"
            ' unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.24/containers/x/json": dial'
            " unix /var/run/docker.sock: connect: permission denied"
        ),
        "Got permission denied while trying to connect to the Docker daemon socket at unix:///x: no",
        # 29
        "permission denied while trying to connect to the docker API at unix:///var/run/docker.sock",
        "failed to connect to the docker API at unix:///x; check if the path is correct",
        (
            'error during connect: Get "http://nosuchhost:1/v1.24/containers/x/json": dial tcp: lookup'
            " nosuchhost on 10.0.0.1:53: no such host"
        ),
    ],
)
def test_an_engine_that_is_away_is_told_whatever_was_asked(docker: Docker, said: str) -> None:
    docker("[]\n", f"WARNING: something before\n{said}\n", 1)
    asked: list[Callable[[], object]] = [
        lambda: Engine().inspect(["a"], []),
        lambda: Engine().pull("a"),
        lambda: Engine().log_tail("a"),
        lambda: Engine().environment("a"),
        lambda: Engine().run_in("a", ["sh"], ""),
    ]
    for ask in asked:
        with pytest.raises(ContainerError) as caught:
            ask()
        assert f"expected a running Docker engine, saw {said}. Start it" in str(caught.value)
        assert "give this user access to it" in caught.value.hint


@pytest.mark.parametrize(
    "said", ["open /root/images.tar: permission denied", "sh: /data: Permission denied"]
)
def test_a_permission_that_lacks_elsewhere_does_not_make_the_engine_away(
    docker: Docker, said: str
) -> None:
    docker("", said, 1)
    assert Engine().load("/root/images.tar") == said
    with pytest.raises(ContainerError, match="run a command in container a: expected exit code 0"):
        Engine().run_in("a", ["sh"], "")


def test_an_engine_that_hangs_is_given_up_in_time(docker: Docker) -> None:
    (docker() / "docker").write_text("#!/bin/sh\nexec sleep 30\n")
    started = time.monotonic()
    with pytest.raises(ContainerError) as caught:
        Engine().pull("a", timeout_s=0.2)
    assert time.monotonic() - started < 5
    assert str(caught.value) == (
        "run `docker pull`: expected an answer, saw none after 0 s. The engine hangs; look at its own log."
    )


def test_volumes_are_found_by_their_whole_name(docker: Docker) -> None:
    docker("mautic-db\nmautic-db-old\nother\n")
    assert Engine().volumes(["mautic-db", "mautic", "other"]) == ["mautic-db", "other"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            "container",
            ["container", "ls", "--all", "--filter", "label=x=y", "--format", "{{.Names}}"],
        ),
        ("network", ["network", "ls", "--filter", "label=x=y", "--format", "{{.Name}}"]),
        ("volume", ["volume", "ls", "--filter", "label=x=y", "--format", "{{.Name}}"]),
    ],
)
def test_labelled_things_of_each_kind_are_listed_stopped_ones_too(
    docker: Docker, kind: str, expected: list[str]
) -> None:
    folder = docker("one\ntwo\n")
    assert Engine().labelled(kind, "x=y") == ["one", "two"]
    assert _argv(folder) == expected


def test_an_engine_that_does_not_answer_is_no_engine_without_things(docker: Docker) -> None:
    docker("", "Error response from daemon: layer store is broken\n", 1)
    with pytest.raises(ContainerError, match="saw Error response from daemon: layer store"):
        Engine().volumes(["a"])
    with pytest.raises(ContainerError, match="saw Error response from daemon: layer store"):
        Engine().labelled("volume", "x=y")


def test_containers_are_removed_by_force_and_volumes_are_not(docker: Docker) -> None:
    folder = docker()
    Engine().remove("container", ["a", "b"])
    assert _argv(folder) == ["container", "rm", "--force", "a", "b"]
    Engine().remove("volume", ["a"])
    assert _argv(folder) == ["volume", "rm", "a"]


def test_a_refused_removal_says_why(docker: Docker) -> None:
    docker("", "Error response from daemon: remove a: volume is in use - [0123]\n", 1)
    with pytest.raises(ContainerError) as caught:
        Engine().remove("volume", ["a"])
    assert str(caught.value) == (
        "run `docker volume rm a`: expected the engine to do it, saw Error response from daemon: remove a:"
        " volume is in use - [0123]. Something else may still use it; look with `docker ps --all`."
    )
    docker("", "", 137)
    with pytest.raises(ContainerError, match="saw no reason given"):
        Engine().remove("volume", ["a"])


def test_containers_are_started_all_at_once(docker: Docker) -> None:
    folder = docker()
    Engine().start(["a", "b"])
    assert _argv(folder) == ["container", "start", "a", "b"]


def test_a_refused_start_says_why(docker: Docker) -> None:
    docker("", "Error response from daemon: driver failed programming\n", 1)
    with pytest.raises(ContainerError) as caught:
        Engine().start(["a"])
    assert str(caught.value) == (
        "run `docker container start a`: expected the engine to do it, saw Error response from daemon:"
        " driver failed programming. Look at `docker ps --all` and `docker logs`."
    )


def test_a_container_s_environment_is_read_and_nothing_where_there_is_none(docker: Docker) -> None:
    docker('["A=1","B=x=y","C=","D"]\n')
    assert Engine().environment("a") == {"A": "1", "B": "x=y", "C": "", "D": ""}
    docker("null\n")
    assert Engine().environment("a") == {}
    docker("\n", "Error: No such object: a\n", 1)
    assert Engine().environment("a") == {}


def test_the_log_s_tail_has_both_streams_and_nothing_where_there_is_none(docker: Docker) -> None:
    folder = docker("out\n", "err\n")
    assert Engine().log_tail("a", 7) == "out\nerr"
    assert _argv(folder) == ["logs", "--tail", "7", "a"]
    docker("", "Error response from daemon: No such container: a\n", 1)
    assert Engine().log_tail("a") == ""


def test_a_command_in_a_container_gets_its_input_on_standard_input_alone(docker: Docker) -> None:
    folder = docker("3\n")
    assert Engine().run_in("db", ["sh", "-c", "client"], "SELECT 'hidden ü'") == "3\n"
    assert _argv(folder) == ["exec", "--interactive", "db", "sh", "-c", "client"]
    assert (folder / "stdin").read_text() == "SELECT 'hidden ü'"


def test_a_failed_command_in_a_container_shows_its_last_words(docker: Docker) -> None:
    docker("", "ERROR 1045: Access denied\n", 1)
    with pytest.raises(ContainerError) as caught:
        Engine().run_in("db", ["sh"], "SELECT 1")
    assert "saw 1." in str(caught.value)
    assert caught.value.log_tail == "ERROR 1045: Access denied"


@pytest.mark.parametrize("ask", [Engine.pull, Engine.load, Engine.ask_registry])
def test_images_come_silently_or_with_a_reason_why_not(
    docker: Docker, ask: Callable[[Engine, str], str]
) -> None:
    docker("sha256:0123\n")
    assert ask(Engine(), "a") == ""
    docker("", "no space left on device\n", 1)
    assert ask(Engine(), "a") == "no space left on device"
    docker("", "", 1)
    assert ask(Engine(), "a") == "no reason given"


def test_php_is_run_as_the_web_user_in_mautics_folder() -> None:
    assert exec_argv("mautic-web") == (
        *("docker", "exec", "--interactive", "--user", "www-data"),
        *("--workdir", "/var/www/html", "mautic-web", "php"),
    )
