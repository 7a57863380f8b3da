"""A stand-in for Mautic per test, one Chromium per module, and what tests of the admin UI are told with."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from pydantic import SecretStr

from contract.targets import ADMIN_PASSWORD, ADMIN_USERNAME
from mautic_bootstrap.admin import launch
from mautic_bootstrap.admin.browser import find_chromium
from mautic_bootstrap.admin.model import Outcome, Wish
from mautic_bootstrap.admin.reconcile import reconcile
from mautic_bootstrap.admin.retire import Ending, retire
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.redaction import Redactor
from mautic_bootstrap.rehearsal.server import RehearsalServer
from mautic_bootstrap.rehearsal.versions import VERSIONS
from mautic_bootstrap.run import Run
from mautic_bootstrap.stages.client_calls import ClientCalls
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS, load

Bring = Callable[..., Outcome]
End = Callable[..., Ending]


@pytest.fixture(params=sorted(VERSIONS))
def rehearsal(request: pytest.FixtureRequest) -> Iterator[RehearsalServer]:
    """An installed stand-in; `ADMIN_USERNAME` and `ADMIN_PASSWORD` log in.

    Change `rehearsal.site.flags` to make it misbehave, look at `rehearsal.requests` for what it was asked.
    """
    with RehearsalServer(request.param) as server:
        server.install(ADMIN_USERNAME, ADMIN_PASSWORD)
        yield server


@pytest.fixture
def rehearsal_7() -> Iterator[RehearsalServer]:
    """An installed stand-in of 7.0, for what does not depend on the version."""
    with RehearsalServer("7.0") as server:
        server.install(ADMIN_USERNAME, ADMIN_PASSWORD)
        yield server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for a module's tests: each still gets a context of its own."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=find_chromium(os.environ), chromium_sandbox=os.geteuid() != 0
        )
        yield browser
        browser.close()


@pytest.fixture
def shared_browser(chromium: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Let the product use the module's Chromium instead of starting its own."""
    monkeypatch.setattr(launch, "_start", lambda *_: chromium)
    yield chromium
    for context in chromium.contexts:
        context.close()


@pytest.fixture
def steps() -> list[str]:
    """The lines that a person watching would have seen."""
    return []


@pytest.fixture
def bring(tmp_path: Path, steps: list[str]) -> Bring:
    """Run `reconcile` against a URL with an ordinary wish; keywords replace parts of the wish."""
    return bringer(tmp_path / "evidence", steps)


def bringer(evidence_dir: Path, steps: list[str]) -> Bring:
    """Return what the fixture `bring` is."""

    def run(url: str, *, check: bool = False, **changed: object) -> Outcome:
        wish = wish_for(url, evidence_dir, **changed)
        progress = Progress(steps.append)
        return reconcile(wish, calls_of(wish), check=check, redactor=Redactor(), progress=progress)

    return run


@pytest.fixture
def end(tmp_path: Path, steps: list[str]) -> End:
    """Run `retire` as `bring` runs `reconcile`; `grace`, `replaces` and `check` are its own."""

    def run(
        url: str,
        *,
        grace: timedelta = timedelta(0),
        replaces: int | None = None,
        check: bool = False,
        **changed: object,
    ) -> Ending:
        wish = wish_for(url, tmp_path / "evidence", **changed)
        progress = Progress(steps.append)
        return retire(
            wish,
            calls_of(wish),
            grace=grace,
            replaces=replaces,
            check=check,
            redactor=Redactor(),
            progress=progress,
        )

    return run


def wish_for(url: str, evidence_dir: Path, **changed: object) -> Wish:
    """Return an ordinary wish, changed as given."""
    parts: dict[str, object] = {
        "base_url": url,
        "username": ADMIN_USERNAME,
        "password": SecretStr(ADMIN_PASSWORD),
        "basic_auth": None,
        "client_name": "app",
        "redirect_uri": "https://localhost/callback",
        "login": "client",
        "permissions": DEFAULT_PERMISSIONS,
        "in_use": None,
        "rotate": False,
        "ca_bundle": None,
        "evidence_dir": evidence_dir,
    }
    return Wish(**{**parts, **changed})  # type: ignore[arg-type]  # the tests' keywords fit


def calls_of(wish: Wish) -> ClientCalls:
    """Return what asks the API of the wish's Mautic."""
    given = {
        "mautic_url": wish.base_url,
        "mautic_manage_containers": False,
        "mautic_allow_insecure_http": True,
    }
    given |= {"mautic_admin_password": ADMIN_PASSWORD, "mautic_ca_bundle": wish.ca_bundle}
    return ClientCalls(Run(load(given), wish.evidence_dir.parent))
