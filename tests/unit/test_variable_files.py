"""Variables that name files: they are read before anything is touched."""

from pathlib import Path
from typing import Any

import pytest
import trustme

from mautic_bootstrap.errors import SettingsError
from mautic_bootstrap.variables import load

_STRONG = "gorse-lantern-42-quietly"


def _problems(values: dict[str, Any]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(values)
    return caught.value.problems


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_the_password_may_come_from_a_file(file: Path, ending: str) -> None:
    file.write_text(_STRONG + ending, newline="")
    assert load({"mautic_admin_password_file": str(file)}).admin_password() == _STRONG


@pytest.mark.parametrize("content", [b"", b"\n", b"hidden-one\nhidden-two\n", b"hidden\0one"])
def test_a_password_file_with_another_shape_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert _problems({"mautic_admin_password_file": file}) == [
        f"mautic_admin_password_file names {file}, which is empty or holds a line break or NUL"
    ]


def test_a_password_file_that_is_no_text_is_refused_without_a_byte_of_it(file: Path) -> None:
    file.write_bytes(b"hidden\xff")
    assert _problems({"mautic_admin_password_file": file}) == [
        f"mautic_admin_password_file names {file}, which is not UTF-8 text"
    ]


def test_a_password_file_that_cannot_be_read_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(_STRONG)

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)  # root, who may run this, may read everything
    assert _problems({"mautic_admin_password_file": file}) == [
        f"mautic_admin_password_file names {file}, which cannot be read: Permission denied"
    ]


def test_a_weak_password_in_a_file_is_told_by_the_name_of_the_file_variable(file: Path) -> None:
    file.write_text("password")
    (problem,) = _problems({"mautic_admin_password_file": file})
    assert problem.startswith("mautic_admin_password_file is too weak: zxcvbn scores it 0 of 4")


def test_a_password_and_a_password_file_are_one_too_many(file: Path) -> None:
    file.write_text(_STRONG)
    assert _problems({"mautic_admin_password_file": file, "mautic_admin_password": _STRONG}) == [
        "mautic_admin_password and mautic_admin_password_file are both set; name one of them"
    ]


@pytest.mark.parametrize(
    "name", ["mautic_ca_bundle", "mautic_image_archive", "mautic_admin_password_file"]
)
def test_a_file_that_is_a_folder_or_not_there_is_refused(name: str, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        assert _problems({name: path}) == [f"{name} names {path}, which is not a file"]


def test_a_file_in_the_home_folder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "images.tar").touch()
    archive = load({"mautic_image_archive": "~/images.tar"}).mautic_image_archive
    assert archive == tmp_path / "images.tar"


def test_a_bundle_holds_a_certificate(file: Path) -> None:
    trustme.CA().cert_pem.write_to_path(file)
    assert load({"mautic_ca_bundle": file}).mautic_ca_bundle == file
    file.write_text("-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n")
    assert _problems({"mautic_ca_bundle": file}) == [
        f"mautic_ca_bundle names {file}, which holds no readable certificate"
    ]
