"""Two machines that bootstrap one Mautic at the same moment: they end with the same client."""

import json
import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from browser.mautics import USUAL, Mautic
from contract.targets import ADMIN_PASSWORD, ADMIN_USERNAME
from mautic_bootstrap.rehearsal.http import Request

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


def _start(url: str, folder: Path, machine: str) -> subprocess.Popen[str]:
    (folder / machine).mkdir()
    return subprocess.Popen(
        [sys.executable, "-c", _RUN, url, str(folder / machine), machine],
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
