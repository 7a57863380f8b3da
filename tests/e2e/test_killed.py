"""A run that dies anywhere is finished by the next one."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e import curl, stand_in
from e2e.admin_pages import AdminPages
from e2e.mautic import Mautic
from e2e.playbook import Checkout

# Headings of tasks or lines of progress, and the seconds after them at which the run dies.
_MOMENTS = (
    ("mautic_container : Create the network", 0.5),
    ("mautic_container : Start the database", 1.0),
    ("mautic_container : Start the web container", 1.0),
    ("mautic_container : Make a background container", 1.0),
    ("mautic_container : Wait until Mautic answers", 0.0),
    ("mautic_install : Ensure Mautic is installed", 0.3),
    ("mautic_install : Ensure Mautic is installed", 1.5),
    ("mautic_api_access : Ensure the API is on", 0.5),
    ("Read the API settings", 0.0),
    ("Save the API settings and read them back", 0.0),
    ("Create the OAuth2 client", 0.0),
    ("app_env : Ensure", 0.0),
    ("api_verify : Prove", 0.2),
)
_PATIENCE_S = 300

pytestmark = pytest.mark.long


@pytest.fixture(params=stand_in.STAND_IN_AND_REAL)
def checkout(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Checkout]:
    with stand_in.prepared(tmp_path / "checkout", request.param) as checkout:
        yield checkout


def test_a_run_killed_anywhere_is_finished_by_the_next(checkout: Checkout) -> None:
    reached = [moment for moment in _MOMENTS if _kill_at(checkout, *moment)]
    assert len(reached) > len(_MOMENTS) / 2, reached
    checkout.play().ok()
    env = Mautic.read(checkout.env)
    assert curl.token(env)
    name = str(checkout.variables["mautic_instance"])
    password = (checkout.root / ".secrets" / name / "admin_password").read_text()
    with AdminPages(env["MAUTIC_API_URL"], "admin", password) as pages:
        assert pages.client_names() == ["app"]
    checkout.play().ok(changed=0)
    leftovers = [p.name for p in checkout.root.glob(".env*")]
    assert leftovers == [".env"]


def _kill_at(checkout: Checkout, text: str, delay_s: float) -> bool:
    """Run the playbook and kill it some time after it has printed a text; say whether that came."""
    run = subprocess.Popen(
        checkout.command("bootstrap.yml"),
        cwd=checkout.root,
        env=checkout.environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    output = []
    assert run.stdout is not None
    deadline = time.monotonic() + _PATIENCE_S
    with run:
        for line in run.stdout:
            output.append(line)
            assert time.monotonic() < deadline, "".join(output)
            if text in line:
                time.sleep(delay_s)
                os.killpg(run.pid, signal.SIGKILL)
                return True
    # What was to be done there had been done already, by the runs before.
    assert run.returncode == 0, "".join(output)
    return False
