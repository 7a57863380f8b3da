"""Problems of several settings together: all at once, and whose way to authenticate is not clear."""

from typing import Any

import pytest

from mautic_bootstrap.errors import SettingsError
from mautic_bootstrap.settings import MauticSettings
from mautic_bootstrap.settings_problems import misspelt
from unit.settings_given import problems

_STORE = "it needs an absolute path of a file (~ is fine), or redis://host:6379/0"
_CACHE = "it needs an absolute path of a folder (~ is fine), or off"
_KEYS = "it needs Fernet keys, 44 characters of URL-safe Base64 each, with commas between them"
_SECONDS = "it needs a number of seconds from 0.1 to 600"


_WAYS = (
    "MAUTIC_CLIENT_ID and MAUTIC_CLIENT_SECRET",
    "MAUTIC_USERNAME and MAUTIC_PASSWORD",
    "MAUTIC_API_TOKEN",
)
_AT_ONCE = "are {} ways to authenticate at once; keep"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("", [f"no way to authenticate is set; it needs {', or '.join(_WAYS)}"]),
        (
            "CLIENT_ID",
            ["MAUTIC_CLIENT_SECRET is not set, but MAUTIC_CLIENT_ID is; set both or neither"],
        ),
        (
            "CLIENT_SECRET",
            ["MAUTIC_CLIENT_ID is not set, but MAUTIC_CLIENT_SECRET is; set both or neither"],
        ),
        ("USERNAME", ["MAUTIC_PASSWORD is not set, but MAUTIC_USERNAME is; set both or neither"]),
        ("PASSWORD", ["MAUTIC_USERNAME is not set, but MAUTIC_PASSWORD is; set both or neither"]),
        (
            "CLIENT_ID PASSWORD",
            [
                "MAUTIC_CLIENT_SECRET is not set, but MAUTIC_CLIENT_ID is; set both or neither",
                "MAUTIC_USERNAME is not set, but MAUTIC_PASSWORD is; set both or neither",
            ],
        ),
        (
            "CLIENT_ID CLIENT_SECRET USERNAME",
            ["MAUTIC_PASSWORD is not set, but MAUTIC_USERNAME is; set both or neither"],
        ),
        (
            "API_TOKEN CLIENT_ID",
            ["MAUTIC_CLIENT_SECRET is not set, but MAUTIC_CLIENT_ID is; set both or neither"],
        ),
        (
            "CLIENT_ID CLIENT_SECRET API_TOKEN",
            [
                f"MAUTIC_CLIENT_ID, MAUTIC_CLIENT_SECRET and MAUTIC_API_TOKEN {_AT_ONCE.format(2)} {_WAYS[0]}, or {_WAYS[2]}"
            ],
        ),
        (
            "CLIENT_ID CLIENT_SECRET USERNAME PASSWORD API_TOKEN",
            [
                f"MAUTIC_CLIENT_ID, MAUTIC_CLIENT_SECRET, MAUTIC_USERNAME, MAUTIC_PASSWORD and MAUTIC_API_TOKEN {_AT_ONCE.format(3)} {', or '.join(_WAYS)}"
            ],
        ),
    ],
)
def test_exactly_one_whole_way_to_authenticate_has_to_be_set(
    names: str, expected: list[str]
) -> None:
    given = {f"{'MAUTIC'}_{name}": "value" for name in names.split()}
    assert problems({"MAUTIC_API_URL": "https://mautic.example.com"} | given) == expected


def test_all_problems_come_at_once_in_the_variables_order() -> None:
    given = {
        "MAUTIC_API_URL": "nowhere",
        "MAUTIC_CLIENT_ID": "1 public",
        "MAUTIC_TIMEOUT_SECONDS": "ten",
        "MAUTIC_RATE_LIMIT_PER_HOUR": "5",
        "MAUTIC_CA_BUNDLE": "/no/such.pem",
    }
    assert [problem.split()[0] for problem in problems(given)] == [
        "MAUTIC_API_URL",
        "MAUTIC_CLIENT_ID",
        "MAUTIC_TIMEOUT_SECONDS",
        "MAUTIC_RATE_LIMIT_RESERVE",
        "MAUTIC_CA_BUNDLE",
        "MAUTIC_CLIENT_SECRET",
    ]


@pytest.mark.parametrize(
    ("keywords", "problem"),
    [
        (
            {"client_secrt": "canary"},
            "client_secrt is no setting; did you mean client_secret?",
        ),
        ({"colour": "canary"}, "colour is no setting"),
        ({"client_secret": 5}, "MAUTIC_CLIENT_SECRET is not valid; it needs text of one line"),
        ({"timeout_seconds": None}, f"MAUTIC_TIMEOUT_SECONDS is None; {_SECONDS}"),
        (
            {"api_url": 5},
            "MAUTIC_API_URL is 5; it needs the base URL of a Mautic, as in https://mautic.example.com",
        ),
        ({"token_cache": 5}, f"MAUTIC_TOKEN_CACHE is 5; {_CACHE}"),
        ({"rate_limit_store": 5}, f"MAUTIC_RATE_LIMIT_STORE is not valid; {_STORE}"),
        (
            {"token_cache_key": 5},
            f"MAUTIC_TOKEN_CACHE_KEY is not valid: the key is no Fernet key; {_KEYS}",
        ),
    ],
)
def test_keywords_have_the_same_problems(keywords: dict[str, Any], problem: str) -> None:
    good: dict[str, Any] = {
        "api_url": "https://mautic.example.com",
        "client_id": "1_public",
        "client_secret": "canary",
    }
    with pytest.raises(SettingsError) as caught:
        MauticSettings(**good | keywords)
    assert caught.value.problems == [problem]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CLIENT_SECRT", "CLIENT_SECRET"),
        ("CLIENTID", "CLIENT_ID"),
        ("API_URI", "API_URL"),
        ("PASSWRD", "PASSWORD"),
        ("USER_NAME", "USERNAME"),
        ("TIMEOUT_SECOND", "TIMEOUT_SECONDS"),
        ("TOKEN_CACHE_KEYS", "TOKEN_CACHE_KEY"),
        ("client_id", "CLIENT_ID"),
        ("Api_Url", "API_URL"),
    ],
)
def test_a_slip_of_the_pen_is_recognised(name: str, meant: str) -> None:
    assert misspelt(f"{'MAUTIC'}_{name}", MauticSettings.model_fields) == f"{'MAUTIC'}_{meant}"


@pytest.mark.parametrize(
    "name",
    [
        "MAUTIC_DB_HOST",
        "MAUTIC_DB_USER",
        "MAUTIC_DB_PASSWORD",
        "MAUTIC_URL",
        "MAUTIC_ADMIN_USERNAME",
        "MAUTIC_ADMIN_PASSWORD",
        "MAUTIC_HEALTH_TOKEN",
        "MAUTIC_BOOTSTRAP_CHROMIUM",
        "CLIENT_SECRT",
        "DOCKER_CLIENT_ID",
        "MAUTIC",
    ],
)
def test_what_is_not_ours_is_no_slip(name: str) -> None:
    assert misspelt(name, MauticSettings.model_fields) is None
