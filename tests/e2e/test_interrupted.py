"""Ctrl-C leaves nothing behind, not even until the next run, and says how things stand."""

import signal
from collections.abc import Iterator

import pytest

from e2e import killing_grounds
from e2e.killing import Moment
from e2e.killing_grounds import InProcess, census
from e2e.mautic import Mautic

_SAID = "Interrupted. Nothing is half-written; the next run finishes it."
_CODE = 99  # Ansible's own
_BROWSER = "TASK [mautic_api_access : Ensure the API is on and the OAuth2 client exists]"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    with killing_grounds.in_process("7.0", tmp_path_factory.mktemp("interrupted")) as ground:
        yield ground


@pytest.mark.parametrize(
    "moment",
    [
        Moment(_BROWSER, delay_s=0.7),  # while the browser starts
        Moment("Log in as admin"),
        pytest.param(Moment(_BROWSER, delay_s=0.1), marks=pytest.mark.long),
        pytest.param(Moment("Start Chromium"), marks=pytest.mark.long),
        pytest.param(Moment("Create the OAuth2 client app"), marks=pytest.mark.long),
        pytest.param(
            Moment("TASK [api_verify : Prove the credentials by real calls]", delay_s=0.1),
            marks=pytest.mark.long,
        ),
    ],
    ids=str,
)
def test_ctrl_c_leaves_nothing_behind_and_says_what_comes_next(
    ground: InProcess, moment: Moment
) -> None:
    ground.fresh()
    before = {path.name for path in ground.checkout.root.iterdir()}
    answer = ground.command().killed(moment, signal.SIGINT)
    assert ground.place.leftovers(within_s=2) == []
    assert answer.code == _CODE, answer.output
    assert answer.last_line == _SAID
    answer.lacks("Traceback", "a defect of this project")
    new = {path.name for path in ground.checkout.root.iterdir()} - before
    assert new <= {".env", ".secrets"}

    answer, _ = ground.command().whole()
    answer.ok()
    assert census(ground)["clients"] == ["app"]
    assert ground.place.leftovers() == []


def test_two_runs_at_once_make_one_client(ground: InProcess) -> None:
    ground.fresh()
    runs = [ground.command().start() for _ in range(2)]
    outputs = [run.communicate(timeout=300)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], "\n".join(outputs)
    (waited,) = (o for o in outputs if "Waiting for another run to be done with" in o)
    (other,) = (run.pid for run, output in zip(runs, outputs, strict=True) if output is not waited)
    assert f"done with {ground.mautic.url}: the run of process {other}, there since 20" in waited
    assert census(ground)["clients"] == ["app"]
    env = Mautic.read(ground.checkout.env)
    assert sum(env["MAUTIC_CLIENT_ID"] in output for output in outputs) == 2
    assert ground.place.leftovers() == []
