"""`scripts/setup.sh` on a machine of fakes: every command that would change something only says so."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_TOOLS = ("bash", "cat", "cut", "dirname", "git", "mkdir", "rm", "sed", "setsid", "sleep", "tail")

# What the fakes do; $STATE is a folder of marks that a test may set beforehand.
_FAKES = {
    "uv": f"""
        if [ "$1" = venv ]; then
          mkdir -p .venv/bin
          printf '#!/bin/bash\\nexec "{sys.executable}" "$@"\\n' >.venv/bin/python
          chmod +x .venv/bin/python
        fi
        if [ "$*" != "${{*/hashes/}}" ] && [ -e "$STATE/no-index" ]; then
          echo "no route to the index" >&2; exit 2
        fi""",
    "id": 'cat "$STATE/uid"',
    "docker": '[ -e "$STATE/engine" ] || { echo "Cannot connect to the Docker daemon" >&2; exit 1; }',
    "dockerd": """
        [ ! -e "$STATE/no-cgroups" ] || { echo "Devices cgroup isn't mounted"; exit 1; }
        touch "$STATE/engine\"""",
    "systemctl": "dockerd",
    "pidof": "exit 1",
    "ldconfig": 'if [ -e "$STATE/libatomic1" ]; then echo libatomic.so.1; fi',
    "apt-get": """
        for word; do
          case $word in
            docker.io) cp "$STATE/docker" "$STATE/dockerd" "$BIN" ;;
            chromium | mmdebstrap) cp "$STATE/id" "$BIN/$word" ;;
            libatomic1) touch "$STATE/$word" ;;
          esac
        done""",
}


class Machine:
    """A checkout in a folder with a space, and nothing on PATH but fakes and harmless tools."""

    def __init__(self, root: Path) -> None:
        self.bin, self.state, self.checkout = root / "bin", root / "state", root / "a checkout"
        self.bin.mkdir()
        self.state.mkdir()
        shutil.copytree(_ROOT / "scripts", self.checkout / "scripts")
        for name in ("requirements.lock", "requirements-uv.lock", "pyproject.toml"):
            shutil.copy(_ROOT / name, self.checkout)
        for tool in (*_TOOLS, "chmod", "cp", "ln", "touch"):
            (self.bin / tool).symlink_to(shutil.which(tool) or tool)
        for name, body in _FAKES.items():
            fake = self.state / name
            fake.write_text(f'#!/bin/bash\necho "{name} $*" >>"$STATE/calls"\n{body}\n')
            fake.chmod(0o755)
        self.has("uv", "id", "pidof", "ldconfig", "apt-get", "systemctl", "dockerd")
        self.set("uid", "0")

    def has(self, *commands: str) -> None:
        for name in commands:
            shutil.copy(self.state / name, self.bin)

    def set(self, mark: str, text: str = "") -> None:
        (self.state / mark).write_text(f"{text}\n")

    def setup(self, **environment: str) -> subprocess.CompletedProcess[str]:
        (self.state / "calls").write_text("")
        fixed = {"PATH": str(self.bin), "STATE": str(self.state), "BIN": str(self.bin)}
        return subprocess.run(
            [self.checkout / "scripts/setup.sh"],
            cwd="/",
            env=fixed | {"HOME": str(self.state), "CDPATH": "/tmp"} | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def calls(self, command: str) -> list[str]:
        lines = (self.state / "calls").read_text().splitlines()
        return [line for line in lines if line.split()[0] == command]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_root_on_debian_gets_everything_and_a_second_run_changes_nothing(machine: Machine) -> None:
    first = machine.setup()
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Install docker.io from Debian's packages ... " in first.stdout
    assert "Start the Docker engine" in first.stdout
    assert "this is not" not in first.stdout
    assert len(machine.calls("dockerd")) == 1
    second = machine.setup()
    assert second.returncode == 0
    assert second.stdout.splitlines() == [second.stdout.strip()]
    assert second.stdout.startswith("setup: done in ")
    assert not machine.calls("uv") + machine.calls("apt-get") + machine.calls("dockerd")


def test_packages_are_installed_with_their_hashes_checked(machine: Machine) -> None:
    machine.setup()
    assert [call for call in machine.calls("uv") if "-r requirements.lock" in call] == [
        "uv pip install --python .venv/bin/python --require-hashes -r requirements.lock"
    ]


def test_a_changed_lock_is_installed_again_into_the_same_environment(machine: Machine) -> None:
    machine.setup()
    with (machine.checkout / "requirements.lock").open("a") as lock:
        lock.write("# newer\n")
    assert "Install the locked packages" in machine.setup().stdout
    assert not [call for call in machine.calls("uv") if call.startswith("uv venv")]


def test_a_moved_checkout_gets_a_new_environment(machine: Machine) -> None:
    machine.setup()
    machine.checkout = machine.checkout.rename(machine.checkout.parent / "elsewhere")
    assert "Make .venv" in machine.setup().stdout


def test_a_failing_step_fails_and_shows_its_last_lines(machine: Machine) -> None:
    machine.set("no-index")
    done = machine.setup()
    assert done.returncode == 1
    assert "Install the locked packages ... failed after 0 s" in done.stdout
    assert "  | no route to the index" in done.stdout
    assert "setup: done" not in done.stdout


def test_who_is_not_root_reads_once_what_to_install(machine: Machine) -> None:
    machine.set("uid", "1000")
    done = machine.setup()
    assert done.returncode == 0
    wanted = "docker.io chromium libatomic1 mmdebstrap"
    assert f"Not installed: {wanted}. As root: apt-get install {wanted}" in done.stdout
    assert "A Mautic that already runs needs no Docker" in done.stdout
    assert not machine.calls("apt-get") + machine.calls("dockerd")


def test_an_engine_that_answers_is_never_touched(machine: Machine) -> None:
    machine.has("docker")
    machine.set("engine")
    machine.setup()
    assert not machine.calls("dockerd") + machine.calls("systemctl")


def test_docker_host_is_respected(machine: Machine) -> None:
    machine.has("docker")
    done = machine.setup(DOCKER_HOST="tcp://192.0.2.1:2375")
    assert done.returncode == 0
    assert (
        "No Docker engine answers at tcp://192.0.2.1:2375: Cannot connect to the Docker daemon"
        in done.stdout
    )
    assert not [call for call in machine.calls("apt-get") if "docker" in call]
    assert not machine.calls("dockerd") + machine.calls("systemctl")


def test_an_engine_that_dies_at_its_start_is_shown_and_no_failure(machine: Machine) -> None:
    machine.set("no-cgroups")
    done = machine.setup()
    assert done.returncode == 0
    assert "Devices cgroup isn't mounted" in done.stdout
    assert "No Docker engine answers: Cannot connect to the Docker daemon" in done.stdout
