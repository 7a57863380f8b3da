"""Masking: what of a `.env` file may be shown, and that nothing else is."""

import pytest

from mautic_bootstrap.env.credentials import ENV_NAMES, SECRET_NAMES
from mautic_bootstrap.env.document import EnvDocument
from mautic_bootstrap.env.masking import masked


def shown(text: str, before: str | None = None) -> str:
    earlier = None if before is None else EnvDocument.parse(before)
    return masked(EnvDocument.parse(text), earlier)


@pytest.mark.parametrize(
    "name",
    sorted(set(ENV_NAMES) - SECRET_NAMES),
)
def test_our_variables_that_are_no_secrets_are_shown(name: str) -> None:
    assert shown(f"export {name}='a b' # note\n") == f"{name}=a b\n"


@pytest.mark.parametrize("name", ["MAUTIC_CLIENT_SECRET", "MAUTIC_API_TOKEN", "MAUTIC_PASSWORD"])
def test_our_secrets_are_masked_and_marked_where_they_change(name: str) -> None:
    assert shown(f"{name}=hidden\n") == f"{name}=********\n"
    assert shown(f"{name}=hidden\n", "A=1\n") == f"{name}=********\n"
    assert shown(f"{name}=hidden\n", f"{name}='hidden'\n") == f"{name}=********\n"
    assert shown(f"{name}=hidden\n", f"{name}=other\n") == f"{name}=******** (changed)\n"
    assert shown(f"{name}=hidden\n", f"{name}=\n") == f"{name}=******** (changed)\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=hidden\n", "A=********\n"),
        ("export A_1 = 'hidden' # hidden\r\n", "A_1=********\n"),
        ("A=open #hidden\n", "A=********\n"),
        ('A="hid\nhidden\nden"\n', "A=********\n"),
        ("A=\n", "A=********\n"),
        ("hidden=x\n", "********\n"),
        ("hidden==\n", "********\n"),
        ("hidden\n", "********\n"),
        ("A='hidden\n", "********\n"),
        ("A: hidden\n", "********\n"),
        (
            "A=-----BEGIN KEY-----\nhidden+/\nHIdden==\n-----END KEY-----\n",
            "A=********\n" + 3 * "********\n",
        ),
        ("#A=hidden\n", "#A=********\n"),
        ("  # export A = 'hidden'\n", "# export A = ********\n"),
        ("# see postgres://me:hidden@db/x\n", "# see postgres://********@db/x\n"),
        ("MAUTIC_API_URL=http://me:hidden@host/\n", "MAUTIC_API_URL=http://********@host/\n"),
        ("MAUTIC_PASSWORD=hidden\n# hidden\n", "MAUTIC_PASSWORD=********\n# ********\n"),
        (
            "MAUTIC_PASSWORD=hidden\nMAUTIC_USERNAME=hidden\n",
            "MAUTIC_PASSWORD=********\nMAUTIC_USERNAME=********\n",
        ),
    ],
)
def test_whatever_may_be_a_secret_is_masked(text: str, expected: str) -> None:
    assert shown(text) == expected
    assert "hidden" not in shown(text).lower()


def test_comments_and_blank_lines_stay() -> None:
    assert shown("# a note\n\n\n#\nA=1\n  \n") == "# a note\n\n\n#\nA=********\n\n"


def test_a_secret_that_was_there_before_is_masked_in_what_comes_after() -> None:
    assert shown("# it was hidden\n", "MAUTIC_PASSWORD=hidden\n") == "# it was ********\n"
