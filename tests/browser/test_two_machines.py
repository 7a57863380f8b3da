"""Two machines that bootstrap one Mautic at the same moment: they end with the same client."""

import json
import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from browser.conftest import Bring, End
from browser.mautics import ADMIN, AS_ASKED, ROLE, USUAL, Mautic
from contract.targets import ADMIN_PASSWORD, ADMIN_USERNAME
from mautic_bootstrap import naming
from mautic_bootstrap.admin import rivals
from mautic_bootstrap.admin.retire import Ending
from mautic_bootstrap.errors import CredentialsError
from mautic_bootstrap.rehearsal.http import Request
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS

pytestmark = pytest.mark.browser

_RUN = """
import json, sys
from pathlib import Path
from browser.conftest import bringer
from mautic_bootstrap.admin import roles
url, folder, roles.MACHINE = sys.argv[1:]
outcome = bringer(Path(folder) / "evidence", [])(url)
print(json.dumps([outcome.client.client_id, outcome.adopted]))
"""
_PATIENCE_S = 120
_MAKES, _REDUCES = 2, 4


@pytest.mark.parametrize("version", ["7.0", pytest.param("5.1", marks=pytest.mark.long)])
def test_the_later_one_takes_the_client_that_the_earlier_one_makes(
    version: str, tmp_path: Path
) -> None:
    # Neither asks for its role before both have looked, so that each believes to be the only one.
    both = threading.Barrier(2, timeout=_PATIENCE_S)

    def wait(request: Request) -> bool:
        if (request.method, request.path) == ("POST", "/s/roles/new") and not both.broken:
            both.wait()
        return False

    with Mautic(version) as mautic, ExitStack() as stack:
        mautic.install(ADMIN_USERNAME, ADMIN_PASSWORD)
        mautic.switch_api_on()
        mautic.fails = wait
        runs = [_start(mautic.url, tmp_path, machine) for machine in ("here", "there")]
        for run in runs:
            stack.enter_context(run)
            stack.callback(run.kill)
        outputs = [run.communicate(timeout=_PATIENCE_S) for run in runs]
        assert [run.returncode for run in runs] == [0, 0], outputs

        (one, one_took), (other, other_took) = (json.loads(told) for told, _ in outputs)
        assert one == other
        assert {one_took, other_took} == {True, False}
        assert mautic.holdings() == USUAL


@pytest.mark.usefixtures("shared_browser")
@pytest.mark.parametrize("version", ["7.0", pytest.param("5.1", marks=pytest.mark.long)])
def test_one_that_finds_the_other_at_work_waits_until_the_client_may_do_just_what_it_should(
    version: str, bring: Bring, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rivals, "_POLL_S", 0.05)
    looks = 0
    made: list[str] = []

    def other_machine(request: Request) -> bool:
        """Make the client at the second look of an admin at the list, and reduce its role at the fourth."""
        nonlocal looks
        logged_in = any(sent.path == "/s/login_check" for sent in mautic.requests)
        looks += logged_in and request.target.startswith("/s/credentials?")
        if looks == _MAKES and not made:
            made.append(mautic.add_client(role))
        if looks == _REDUCES:
            mautic.tick(role, DEFAULT_PERMISSIONS)
        return False

    with Mautic(version) as mautic:
        mautic.install(ADMIN_USERNAME, ADMIN_PASSWORD)
        mautic.switch_api_on()
        role = mautic.add_admin_role(
            description=naming.being_made("elsewhere:1a2b", datetime.now(UTC))
        )
        before = mautic.holdings()
        mautic.fails = other_machine

        outcome = bring(mautic.url)

        assert outcome.client is not None
        assert (outcome.client.client_id, outcome.adopted) == (made[0], True)
        assert looks >= _REDUCES
        assert mautic.holdings().users == before.users == []
        assert [row[2] for row in before.roles + mautic.holdings().roles] == [ADMIN, AS_ASKED]
        assert steps[-1].strip().startswith("Wait for the client that a run on another machine")
        sent = {request.path for request in mautic.posts()}
        assert sent == {"/s/login_check", "/oauth/v2/token"}


@pytest.mark.usefixtures("shared_browser")
def test_a_rotation_while_another_machine_is_at_work_is_refused_and_changes_nothing(
    bring: Bring, end: End
) -> None:
    with Mautic("7.0") as mautic:
        mautic.install(ADMIN_USERNAME, ADMIN_PASSWORD)
        in_use = mautic.add_usual()
        now = datetime.now(UTC)
        told = naming.being_made("elsewhere:1a2b", now, 1)
        mautic.add_admin_role(naming.stamped(ROLE, "next", now), told)
        before = mautic.holdings()

        with pytest.raises(CredentialsError) as caught:
            bring(mautic.url, in_use=in_use, rotate=True)

        assert caught.value.seen == "one that is making a client"
        assert caught.value.hint.endswith("nothing was replaced by this run.")
        assert end(mautic.url, in_use=in_use) == Ending()
        assert mautic.holdings() == before
        assert mautic.checked_out() == []


@pytest.mark.usefixtures("shared_browser")
@pytest.mark.parametrize("check", [False, True])
def test_a_role_that_a_run_elsewhere_has_died_over_loses_its_rights_but_not_in_check_mode(
    bring: Bring, *, check: bool
) -> None:
    with Mautic("7.0") as mautic:
        mautic.install(ADMIN_USERNAME, ADMIN_PASSWORD)
        in_use = mautic.add_usual()
        then = datetime.now(UTC) - timedelta(minutes=3)
        name = naming.stamped(ROLE, "next", then)
        mautic.add_admin_role(name, naming.being_made("elsewhere:1a2b", then))

        outcome = bring(mautic.url, in_use=in_use, check=check)

        assert outcome.unfinished
        rights = {row[0]: row[2] for row in mautic.holdings().roles}
        assert (rights[name] == ADMIN) is check
        assert rights[ROLE] == AS_ASKED
        assert mautic.checked_out() == []


def _start(url: str, folder: Path, machine: str) -> subprocess.Popen[str]:
    (folder / machine).mkdir()
    return subprocess.Popen(
        [sys.executable, "-c", _RUN, url, str(folder / machine), machine],
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
