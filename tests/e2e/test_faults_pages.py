"""Whatever a page or call answers instead: a bounded wait, an error of its own, evidence, and the next run heals."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from e2e import killing_grounds
from e2e.faulty_proxy import Asked, Fault, FaultyProxy
from e2e.killing import Command
from e2e.killing_grounds import InProcess, census

# Playwright waits 60 s for a page, the API client 10 s for a sign of life and tries some calls again.
_BOUND_S = 150
_UI = range(10, 40)
_API = range(50, 60)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    with killing_grounds.in_process("7.0", tmp_path_factory.mktemp("faults")) as ground:
        yield ground


@pytest.fixture
def proxy(ground: InProcess) -> Iterator[FaultyProxy]:
    ground.fresh()
    with FaultyProxy(ground.mautic.url) as proxy:
        yield proxy


def _command(ground: InProcess, proxy: FaultyProxy) -> Command:
    proxy.upstream = ground.mautic.url
    command = ground.command()
    return replace(command, environment=command.environment | {"MAUTIC_URL": proxy.url})


def _whole(ground: InProcess, proxy: FaultyProxy) -> tuple[list[Asked], dict[str, object]]:
    """Return what an undisturbed run asks for, and what it brings about."""
    answer, _ = _command(ground, proxy).whole()
    answer.ok()
    return proxy.asked, census(ground)


def _suffer(
    ground: InProcess, proxy: FaultyProxy, asked: Asked, fault: Fault, wanted: dict[str, object]
) -> str:
    """Let a run meet a fault, and the next one heal; return what the first one said of it."""
    ground.fresh()
    command = _command(ground, proxy)
    proxy.break_at(asked, fault)
    began = time.monotonic()
    answer, _ = command.whole()
    took = time.monotonic() - began
    met = asked in proxy.asked
    proxy.heal()
    assert met, f"{asked} was never asked for:\n{answer.output}"
    assert took < _BOUND_S, f"it took {took:.0f} s:\n{answer.output}"
    verdict = "ok"
    if answer.code:
        failure = answer.failures["existing"]
        code = int(failure["code"])
        allowed = _UI if asked.path.startswith("/s/") else (*_UI, *_API)
        assert code in allowed, f"code {code}:\n{answer.output}"
        assert proxy.url in failure["msg"]
        # A page that never came is no page to look at.
        if code >= 20 and code not in _API:
            assert Path(failure["evidence"]).stat().st_size
        verdict = f"{code} {failure['error']}"
    left = ground.place.leftovers()
    assert left == []
    healed, _ = command.whole()
    healed.ok()
    assert census(ground) == wanted
    return verdict


@pytest.mark.parametrize(
    ("path", "fault", "expected"),
    [
        ("/s/config/edit", Fault.MAINTENANCE, "20 UiError"),
        ("/s/roles/new", Fault.LOGGED_OUT, "25 SessionEndedError"),
    ],
)
def test_a_page_that_fails_is_said_and_the_next_run_heals(
    ground: InProcess, proxy: FaultyProxy, path: str, fault: Fault, expected: str
) -> None:
    _, wanted = _whole(ground, proxy)
    assert _suffer(ground, proxy, Asked("GET", path, 1), fault, wanted) == expected


@pytest.mark.long
@pytest.mark.parametrize("fault", Fault)
def test_each_page_and_call_may_fail(
    ground: InProcess, proxy: FaultyProxy, fault: Fault, request: pytest.FixtureRequest
) -> None:
    asked, wanted = _whole(ground, proxy)
    pages = [one for one in asked if fault is not Fault.LOGGED_OUT or one.path.startswith("/s/")]
    assert len(pages) > 4
    verdicts, lost = {}, {}
    for one in pages:
        try:
            verdicts[str(one)] = _suffer(ground, proxy, one, fault, wanted)
        except AssertionError as exc:
            verdicts[str(one)] = "LOST"
            lost[str(one)] = str(exc)
    capture = request.config.pluginmanager.getplugin("capturemanager")
    assert capture is not None
    with capture.global_and_fixture_disabled():
        print(f"\n{fault}")  # noqa: T201  # the lane's output is what this is for
        for name, verdict in verdicts.items():
            print(f"  {name:40}  {verdict}")  # noqa: T201  # as above
    assert lost == {}
