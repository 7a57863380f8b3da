"""The example of a `.env` says what the settings are."""

import re
from pathlib import Path

import pytest
from dotenv import dotenv_values

from mautic_bootstrap.settings import MauticSettings
from mautic_bootstrap.settings_example import example
from mautic_bootstrap.settings_problems import variable
from mautic_bootstrap.settings_sources import IN_FILES
from unit.env_example import BEGIN, END, quoted_example
from unit.settings_given import GOOD, SECRET, problems, settings

_BLOCK = re.compile(
    r"^# (?P<meaning>\S.+)\n(?P<off># )?(?P<name>[A-Z_]+)=(?P<value>.*)\n(?P<file># [A-Z_]+_FILE=\n)?$",
    re.MULTILINE,
)


def test_every_variable_stands_in_it_once_with_its_meaning() -> None:
    blocks = [match.groupdict() for match in _BLOCK.finditer(example())]
    fields = MauticSettings.model_fields
    assert [block["name"] for block in blocks] == [variable(field) for field in fields]
    assert [block["meaning"] for block in blocks] == [f.description for f in fields.values()]
    assert [block["file"] for block in blocks if block["file"]] == [
        f"# {variable(field)}_FILE=\n" for field in fields if field in IN_FILES
    ]


def test_only_what_everybody_has_to_fill_in_is_not_commented_out() -> None:
    blocks = [match.groupdict() for match in _BLOCK.finditer(example())]
    assert {block["name"]: block["value"] for block in blocks if not block["off"]} == {
        "MAUTIC_API_URL": "https://mautic.example.com",
        "MAUTIC_CLIENT_ID": "",
        "MAUTIC_CLIENT_SECRET": "",
    }


def test_what_is_commented_out_are_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    env = tmp_path / ".env"
    env.write_text(re.sub(r"^# ([A-Z_]+=)", r"\1", example(), flags=re.MULTILINE))
    given = {"HOME": str(tmp_path), "MAUTIC_CLIENT_ID": "1_public", "MAUTIC_CLIENT_SECRET": SECRET}
    assert settings(given, env) == settings(given | GOOD)


def test_as_it_is_it_lacks_nothing_but_the_client(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text(example())
    assert list(dotenv_values(env)) == [
        "MAUTIC_API_URL",
        "MAUTIC_CLIENT_ID",
        "MAUTIC_CLIENT_SECRET",
    ]
    (problem,) = problems({}, env)
    assert problem.startswith("no way to authenticate is set;")


def test_it_is_the_same_on_every_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = example()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert example() == before


def test_it_ends_with_one_line_feed_and_has_no_long_or_padded_lines() -> None:
    text = example()
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert all(len(line) <= 110 and line == line.rstrip() for line in text.splitlines())


def test_a_copy_between_the_markers_is_found() -> None:
    text = f"# Title\n\n{BEGIN}\n\n```dotenv\n{example()}```\n\n{END}\n\nMore\n"
    assert quoted_example(text) == example()


@pytest.mark.parametrize("text", ["", f"{BEGIN}\n{END}\n", f"{BEGIN}\n```\nA=1\n```\n"])
def test_a_text_without_a_copy_fails_the_test_that_asks(text: str) -> None:
    with pytest.raises(AssertionError, match="expected one fenced block between"):
        quoted_example(text)
