"""One Mautic of each target, and the story of its life told in order: each test goes on where the last one ended."""

from collections.abc import Generator, Iterator

import pytest

from container import docker_cli
from e2e.mautic import Mautic
from e2e.playbook import Checkout
from e2e.recorder import Recorder
from e2e.targets import TARGETS, Target

_failed: dict[str, str] = {}


@pytest.fixture(scope="session", params=TARGETS, ids=lambda target: target.name)
def mautic(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mautic]:
    """A Mautic that does not exist yet: the first test makes it, the last one takes it down."""
    target: Target = request.param
    if target.obstacle:
        pytest.skip(target.obstacle)
    folder = tmp_path_factory.mktemp("machine")
    name = docker_cli.new_name()
    recorder = Recorder(folder / "recorder")
    url = f"http://localhost:{docker_cli.free_port()}"
    variables = target.variables | {"mautic_instance": name, "mautic_url": url}
    checkout = Checkout.make(folder / "checkout", **variables)
    checkout.environment |= recorder.environment
    mautic = Mautic(target, checkout, recorder, name)
    try:
        mautic.seal()
        yield mautic
    finally:
        mautic.remove()


@pytest.fixture(autouse=True)
def _in_order(request: pytest.FixtureRequest, mautic: Mautic) -> None:
    """Tell nothing more of a Mautic whose story went wrong: what follows would only confuse."""
    broken = _failed.get(mautic.target.name)
    if broken:
        pytest.xfail(f"{broken} failed before")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    mautic = getattr(item, "funcargs", {}).get("mautic")
    if isinstance(mautic, Mautic) and report.failed:
        _failed.setdefault(mautic.target.name, item.name)
    return report
