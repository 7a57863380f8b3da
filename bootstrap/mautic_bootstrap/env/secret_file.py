"""A file that holds one secret and nothing else, as Docker and Kubernetes mount them."""

from pathlib import Path

from mautic_bootstrap.env.location import read_bytes, target_of
from mautic_bootstrap.errors import EnvFileError


def secret_in(file: Path) -> str | None:
    """Return the secret in a file; a line ending behind it, as editors and `echo` write one, is no part of it.

    Args:
        file: The file, absolute; a symlink is followed.

    Returns:
        The text; None where there is no file.

    Raises:
        EnvFileError: It cannot be read, or is not UTF-8.
    """
    attempted = f"read {file}"
    data = read_bytes(target_of(file, attempted), attempted)
    try:
        return None if data is None else data.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise EnvFileError(
            attempted,
            expected="UTF-8 text",
            seen="something else than UTF-8 text",
            hint=f"Save {file} as UTF-8, or remove it: a run of the playbook makes its own again.",
        ) from None  # the original error carries the secret
