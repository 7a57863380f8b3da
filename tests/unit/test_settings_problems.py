"""Each problem of the settings is one line: the variable, what was seen unless it is secret, what is allowed."""

import os
from pathlib import Path

import pytest
import trustme

from unit.settings_given import CLIENT, GOOD, problems, settings

_STORE = "it needs an absolute path of a file (~ is fine), or redis://host:6379/0"
_CACHE = "it needs an absolute path of a folder (~ is fine), or off"
_KEYS = "it needs Fernet keys, 44 characters of URL-safe Base64 each, with commas between them"
_REDIS = f"is a URL, but not one of a Redis; {_STORE}"
_SECONDS = "it needs a number of seconds from 0.1 to 600"
_CALLS = "it needs a whole number of calls from 0 to 1000000"
_CLIENT_ID = "it needs the public key of an OAuth2 client: visible ASCII without spaces"
_AGENT = "it needs visible ASCII with single spaces"
_KEY = "k" * 43 + "="


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("API_URL", "mautic.example.com", "is not an http:// or https:// URL with a host"),
        ("API_URL", "ftp://mautic", "is not an http:// or https:// URL with a host"),
        (
            "API_URL",
            "https://ada:canary@mautic.example.com",
            "holds credentials; they belong in MAUTIC_USERNAME and MAUTIC_PASSWORD",
        ),
        (
            "API_URL",
            "https://mautic.example.com/?token=canary",
            "holds white space, a query or a fragment; a base URL has none",
        ),
        ("CLIENT_ID", "1 public", f"is '1 public'; {_CLIENT_ID}"),
        ("CLIENT_ID", "1_publ\u00efc", f"is '1_publ\u00efc'; {_CLIENT_ID}"),
        (
            "CLIENT_SECRET",
            "canary\nx",
            "holds a line break or NUL; it needs text of one line",
        ),
        (
            "CLIENT_SECRET",
            "canary\udcff",
            "holds bytes that are no UTF-8; it needs text of one line",
        ),
        ("ENVIRONMENT", "prod", "is 'prod'; it needs production or development"),
        ("TIMEOUT_SECONDS", "ten", f"is 'ten'; {_SECONDS}"),
        ("TIMEOUT_SECONDS", "0", f"is '0'; {_SECONDS}"),
        ("TIMEOUT_SECONDS", "601", f"is '601'; {_SECONDS}"),
        ("TIMEOUT_SECONDS", "nan", f"is 'nan'; {_SECONDS}"),
        ("TIMEOUT_SECONDS", "inf", f"is 'inf'; {_SECONDS}"),
        ("TIMEOUT_SECONDS", "9" * 200, f"is '{'9' * 79}...; {_SECONDS}"),
        ("RATE_LIMIT_PER_HOUR", "-1", f"is '-1'; {_CALLS}"),
        ("RATE_LIMIT_PER_HOUR", "1000001", f"is '1000001'; {_CALLS}"),
        ("RATE_LIMIT_PER_HOUR", "many", f"is 'many'; {_CALLS}"),
        ("RATE_LIMIT_PER_HOUR", "1.5", f"is '1.5'; {_CALLS}"),
        ("RATE_LIMIT_RESERVE", "-1", f"is '-1'; {_CALLS}"),
        (
            "RATE_LIMIT_RESERVE",
            "100",
            "is 100; it has to be below MAUTIC_RATE_LIMIT_PER_HOUR, which is 100",
        ),
        ("RATE_LIMIT_STORE", "limits.db", f"is 'limits.db'; {_STORE}"),
        ("RATE_LIMIT_STORE", "/etc", f"names '/etc', a folder; {_STORE}"),
        ("RATE_LIMIT_STORE", "postgres://ada:canary@db/x", _REDIS),
        ("RATE_LIMIT_STORE", ":canary@redis:6379/0", f"is not valid; {_STORE}"),
        ("RATE_LIMIT_STORE", "redis:canary", f"is not valid; {_STORE}"),
        ("RATE_LIMIT_STORE", "canary@redis", f"is not valid; {_STORE}"),
        ("RATE_LIMIT_STORE", "~:canary@redis", f"is not valid; {_STORE}"),
        ("RATE_LIMIT_STORE", "//:canary@redis:6379/0", _REDIS),
        ("RATE_LIMIT_STORE", "redis://", _REDIS),
        ("RATE_LIMIT_STORE", "redis://:canary@:6379/0", _REDIS),
        ("RATE_LIMIT_STORE", "redis://canary@host:port/0", _REDIS),
        ("RATE_LIMIT_STORE", "unix://", _REDIS),
        (
            "RATE_LIMIT_STORE",
            "~nobody-by-that-name/x",
            f"is '~nobody-by-that-name/x', of a user without home; {_STORE}",
        ),
        ("USER_AGENT", "my  app", f"is 'my  app'; {_AGENT}"),
        ("USER_AGENT", "my app\r\nX-Evil: 1", f"is 'my app\\r\\nX-Evil: 1'; {_AGENT}"),
        (
            "CA_BUNDLE",
            "/no/such.pem",
            "names '/no/such.pem', where no file is; it needs a file with certificates in PEM form",
        ),
        (
            "CA_BUNDLE",
            "/etc/passwd",
            "names '/etc/passwd', which holds no certificate; it needs a file with certificates in PEM form",
        ),
        ("TOKEN_CACHE", "tokens", f"is 'tokens'; {_CACHE}"),
        ("TOKEN_CACHE", "no", f"is 'no'; {_CACHE}"),
        ("TOKEN_CACHE", "/etc/passwd", f"names '/etc/passwd', which is no folder; {_CACHE}"),
        ("TOKEN_CACHE_KEY", "canary", f"is not valid: the key is no Fernet key; {_KEYS}"),
        (
            "TOKEN_CACHE_KEY",
            f"{_KEY},canary",
            f"is not valid: key 2 of 2 is no Fernet key; {_KEYS}",
        ),
        ("TOKEN_CACHE_KEY", f"{_KEY},", f"is not valid: key 2 of 2 is no Fernet key; {_KEYS}"),
        (
            "HEALTH_CALLS_PER_HOUR",
            "3601",
            "is '3601'; it needs a whole number of calls from 0 to 3600",
        ),
    ],
)
def test_a_value_that_is_not_allowed_is_named_with_what_is(
    name: str, value: str, problem: str
) -> None:
    name = f"{'MAUTIC'}_{name}"
    assert problems(GOOD | {name: value}) == [f"{name} {problem}"]
    assert "canary" not in problem


@pytest.mark.parametrize("value", ["two words", "canary\n", "canary,"])
def test_a_token_that_cannot_be_sent_is_refused(value: str) -> None:
    given = {"MAUTIC_API_URL": "https://mautic.example.com", "MAUTIC_API_TOKEN": value}
    (problem,) = problems(given)
    assert problem == (
        "MAUTIC_API_TOKEN cannot be sent as it is; it needs a bearer token: letters, digits and -._~+/,"
        " perhaps = at its end"
    )


def test_a_user_name_with_a_password_behind_it_is_not_shown() -> None:
    user = {"MAUTIC_USERNAME": "ada:canary", "MAUTIC_PASSWORD": "canary"}
    assert problems({"MAUTIC_API_URL": "https://mautic.example.com"} | user) == [
        "MAUTIC_USERNAME is not valid; it needs a user name: characters that can be seen, no colon"
    ]


@pytest.mark.parametrize("value", [" ada", "a\tda", "a\nda"])
def test_a_user_name_that_basic_auth_cannot_carry_is_refused(value: str) -> None:
    user = {"MAUTIC_USERNAME": value, "MAUTIC_PASSWORD": "canary"}
    assert problems({"MAUTIC_API_URL": "https://mautic.example.com"} | user) == [
        f"MAUTIC_USERNAME is {value!r}; it needs a user name: characters that can be seen, no colon"
    ]


def test_the_base_url_is_required() -> None:
    assert problems(CLIENT) == [
        "MAUTIC_API_URL is not set; it needs the base URL of a Mautic, as in https://mautic.example.com"
    ]


def test_clear_text_to_another_machine_is_refused_in_production() -> None:
    (problem,) = problems(GOOD | {"MAUTIC_API_URL": "http://mautic.internal:8080/"})
    assert problem == (
        "MAUTIC_ENVIRONMENT is production, where http:// is for this machine alone, but MAUTIC_API_URL is"
        " http://mautic.internal:8080; use https://, or set MAUTIC_ENVIRONMENT=development"
    )


def test_the_default_reserve_has_to_fit_a_small_limit_too() -> None:
    assert problems(GOOD | {"MAUTIC_RATE_LIMIT_PER_HOUR": "5"}) == [
        "MAUTIC_RATE_LIMIT_RESERVE is 10; it has to be below MAUTIC_RATE_LIMIT_PER_HOUR, which is 5"
    ]


def test_a_bundle_with_certificates_is_taken(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(bundle)
    assert settings(GOOD | {"MAUTIC_CA_BUNDLE": str(bundle)}).ca_bundle == bundle


def test_a_bundle_that_holds_only_a_key_is_refused(tmp_path: Path) -> None:
    bundle = tmp_path / "key.pem"
    trustme.CA().private_key_pem.write_to_path(bundle)
    (problem,) = problems(GOOD | {"MAUTIC_CA_BUNDLE": str(bundle)})
    assert "which holds no certificate" in problem


def test_a_bundle_that_cannot_be_read_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(bundle)

    class Refusing:
        def __init__(self, _protocol: object) -> None:
            pass

        def load_verify_locations(self, cafile: Path) -> None:
            raise PermissionError(13, os.strerror(13), str(cafile))

    monkeypatch.setattr("ssl.SSLContext", Refusing)
    assert problems(GOOD | {"MAUTIC_CA_BUNDLE": str(bundle)}) == [
        f"MAUTIC_CA_BUNDLE names '{bundle}', which cannot be read: permission denied"
    ]
