"""Files that variables name, checked where they are named."""

import ssl
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator


def password_in(file: Path) -> str:
    """Return the password in a file, without the line ending behind it.

    Raises:
        OSError: It cannot be read.
        UnicodeDecodeError: It is not UTF-8.
    """
    return file.read_text(encoding="utf-8").strip("\r\n")


def is_usable_password(password: str) -> bool:
    """Say whether a password is text of one line."""
    try:
        password.encode()
    except UnicodeEncodeError:
        return False
    return bool(password) and not set(password) & set("\0\r\n")


def _existing(path: Path) -> Path:
    if not path.expanduser().is_file():
        raise ValueError(f"names {path}, which is not a file")
    return path.expanduser()


def _with_certificates(path: Path) -> Path:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except OSError:
        raise ValueError(f"names {path}, which holds no readable certificate") from None
    return path


def _with_password(path: Path) -> Path:
    try:
        usable = is_usable_password(password_in(path))
    except OSError as exc:
        raise ValueError(f"names {path}, which cannot be read: {exc.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"names {path}, which is not UTF-8 text") from None
    if not usable:
        raise ValueError(f"names {path}, which is empty or holds a line break or NUL")
    return path


ExistingFile = Annotated[Path, AfterValidator(_existing)]
CertificateFile = Annotated[ExistingFile, AfterValidator(_with_certificates)]
PasswordFile = Annotated[ExistingFile, AfterValidator(_with_password)]
