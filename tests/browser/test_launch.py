"""Starting and ending a Chromium of one's own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from pydantic import SecretStr

from browser.conftest import Bring
from browser.fake_site import Answer, FakeSite
from contract.targets import ADMIN_USERNAME
from mautic_bootstrap.admin.browser import find_chromium, open_browser
from mautic_bootstrap.errors import BrowserMissingError
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.redaction import Redactor
from mautic_bootstrap.rehearsal.model import clients, people
from mautic_bootstrap.rehearsal.server import RehearsalServer

pytestmark = pytest.mark.browser

_SECRET = "canary-5up3r-s3cret"


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path is short enough for Chromium's socket; pytest's own are not."""
    with TemporaryDirectory(prefix="t", dir="/tmp") as folder:
        yield Path(folder)


def _script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_browser_that_does_not_start_is_named_and_the_guide_is_for_this_wish(
    tmp_path: Path, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = _script(tmp_path / "broken", "echo no such display >&2; exit 3")
    monkeypatch.setenv("MAUTIC_BOOTSTRAP_CHROMIUM", str(broken))

    with pytest.raises(BrowserMissingError) as caught:
        bring("http://m.example", client_name="shop", redirect_uri="https://x/cb", basic_auth=True)

    error = caught.value
    assert (
        f"expected a Chromium that starts, saw {broken}, which does not start: no such display."
    ) in str(error)
    assert "http://m.example/s/config/edit?tab=apiconfig" in error.guide
    assert 'type shop as "Name" and https://x/cb as "Redirect URI"' in error.guide
    assert '"Enable HTTP basic auth?" to Yes' in error.guide
    assert _SECRET not in error.diagnostics()


def test_a_kernel_without_sandbox_is_told_and_does_not_stop_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = find_chromium(os.environ)
    picky = _script(
        tmp_path / "picky",
        'case "$*" in *--no-sandbox*) exec ' + str(real) + ' "$@";; esac\n'
        'echo "FATAL: No usable sandbox! Update your kernel" >&2; exit 1',
    )
    monkeypatch.setenv("MAUTIC_BOOTSTRAP_CHROMIUM", str(picky))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    lines: list[str] = []

    with (
        FakeSite({"GET /x": Answer()}) as site,
        open_browser(
            site.url,
            ca_bundle=None,
            redactor=Redactor(),
            evidence_dir=tmp_path / "evidence",
            progress=Progress(lines.append),
        ) as session,
    ):
        session.open("/x")

    assert lines[0] == "  Chromium starts without its sandbox, which this system does not allow"


def test_a_run_leaves_nothing_behind_and_says_nothing_of_what_it_types(
    short_folder: Path,
    bring: Bring,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(short_folder))
    for name in ("DEBUG", "DEBUG_FILE", "PWDEBUG", "TMPDIR"):
        monkeypatch.setenv(name, str(short_folder / "log") if name == "DEBUG_FILE" else "pw:*")

    with RehearsalServer("7.0") as mautic:
        mautic.install(ADMIN_USERNAME, _SECRET)
        outcome = bring(mautic.url, password=SecretStr(_SECRET))

    assert outcome.client is not None
    assert [os.environ[n] for n in ("DEBUG", "PWDEBUG", "TMPDIR")] == ["pw:*"] * 3
    assert list(short_folder.iterdir()) == []
    out, err = capfd.readouterr()
    assert out == err == ""


def test_a_temporary_folder_too_deep_for_sockets_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / "a-folder-with-a-long-name"
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))

    with (
        FakeSite({"GET /x": Answer()}) as site,
        open_browser(
            site.url,
            ca_bundle=None,
            redactor=Redactor(),
            evidence_dir=tmp_path / "evidence",
            progress=Progress(),
        ) as session,
    ):
        session.open("/x")
        assert list(deep.iterdir()) == []


def test_no_argument_of_a_started_process_holds_a_secret(
    bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver and Chromium are started by Playwright: look at every process while they run."""
    arguments: list[str] = []
    plain = Progress.step

    @contextmanager
    def looking(progress: Progress, text: str) -> Iterator[None]:
        with plain(progress, text):
            yield
        arguments.extend(_command_lines())

    monkeypatch.setattr(Progress, "step", looking)
    with RehearsalServer("7.0") as mautic:
        mautic.install(ADMIN_USERNAME, _SECRET)
        database = mautic.site.database
        clients.make(database, "app", [], people.role(database, 1))
        outcome = bring(mautic.url, password=SecretStr(_SECRET), check=True)

    assert outcome.client is not None
    assert any("--remote-debugging" in line for line in arguments)
    for secret in (_SECRET, outcome.client.secret.get_secret_value()):
        assert not [line for line in arguments if secret in line]


def _command_lines() -> Iterator[str]:
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            yield (folder / "cmdline").read_text(errors="replace").replace("\0", " ")
