"""Finding this machine's package mirror, and saying what is missing.

Source: sources.list(5): one-line and deb822 style.
"""

from pathlib import Path

import pytest

from mautic_bootstrap.errors import ContainerError
from mautic_bootstrap.rehearsal import debian
from mautic_bootstrap.rehearsal.debian import AptSource

_MIRROR = "http://mirror.example.org/debian"
_EXPECTED = AptSource(_MIRROR, "bookworm", ("main", "contrib"))


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    (tmp_path / "apt/sources.list.d").mkdir(parents=True)
    (tmp_path / "os-release").write_text('ID=debian\nVERSION_CODENAME="bookworm"\n')
    return tmp_path


def test_one_line_style_is_read(etc: Path) -> None:
    (etc / "apt/sources.list").write_text(
        "# deb http://commented.example.org/debian bookworm main\n"
        f"deb-src {_MIRROR} bookworm main\n"
        "deb http://other.example.org stable main\n"
        f"deb [arch=amd64 signed-by=/a.gpg] {_MIRROR} bookworm main contrib # ours\n"
    )
    assert debian.find_source(etc) == _EXPECTED


def test_deb822_style_is_read(etc: Path) -> None:
    (etc / "apt/sources.list.d/other.sources").write_text(
        "Types: deb\nURIs: http://other.example.org\nSuites: nodistro\nComponents: main\n"
    )
    (etc / "apt/sources.list.d/debian.sources").write_text(
        "Enabled: no\nTypes: deb\nURIs: http://off.example.org\nSuites: bookworm\nComponents: main\n"
        "\n"
        "# a comment: with a colon\nTypes: deb deb-src\n"
        f"URIs: {_MIRROR}\nSuites: bookworm bookworm-updates\nComponents: main contrib\n"
    )
    assert debian.find_source(etc) == _EXPECTED


def test_machine_without_a_source_of_its_release_is_told_so(etc: Path) -> None:
    with pytest.raises(ContainerError) as caught:
        debian.find_source(etc)
    assert "saw none for 'bookworm' in" in str(caught.value)
    assert "run it on a Debian machine with apt sources" in str(caught.value)


def test_missing_mmdebstrap_is_named_with_its_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ContainerError) as caught:
        debian.build_rootfs(_EXPECTED, tmp_path / "rootfs.tar")
    assert "apt-get install mmdebstrap" in str(caught.value)


def test_failing_mmdebstrap_shows_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "mmdebstrap"
    program.write_text("#!/bin/sh\necho 'E: mirror is away' >&2\nexit 25\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ContainerError) as caught:
        debian.build_rootfs(_EXPECTED, tmp_path / "rootfs.tar")
    assert "saw exit code 25" in str(caught.value)
    assert caught.value.log_tail == "E: mirror is away"
