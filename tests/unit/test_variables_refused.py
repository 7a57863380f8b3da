from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautic_bootstrap.errors import SettingsError
from mautic_bootstrap.variables import load
from unit.fakes import reproducible

_WEAK = (
    "is too weak: zxcvbn scores it 0 of 4, Mautic wants at least 3. Mautic 5.1 and later would install with"
    " it and then refuse the login; leave it unset to have one generated, or set"
    " mautic_manage_containers=false for a Mautic that already runs"
)
_TYPED = "commas, quotes, backslashes, <, > and & are not allowed"
_UNMANAGED = {"mautic_manage_containers": False, "mautic_url": "https://example.com"}
_SECRETS = ("mautic_admin_password", "mautic_client_secret")


def _problems(values: dict[str, Any]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(values)
    assert str(caught.value).endswith("\nNothing was touched.")
    return caught.value.problems


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"mautic_url": "localhost"}, "mautic_url is not an http:// or https:// URL with a host"),
        ({"mautic_url": "http://[::1"}, "mautic_url is not a URL"),
        (
            {"mautic_url": "http://admin:hidden@localhost"},
            "mautic_url holds credentials; name them in mautic_admin_username and _password",
        ),
        (
            _UNMANAGED | {"mautic_url": "http://example.com"},
            (
                "mautic_url is http://example.com: the admin password would travel in clear to example.com;"
                " use https://, or set mautic_allow_insecure_http=true"
            ),
        ),
        (
            {"mautic_url": "https://localhost"},
            (
                "mautic_url is https://localhost, but the containers this starts serve plain http on the port"
                " it names; for a Mautic behind https set mautic_manage_containers=false"
            ),
        ),
        (
            {"mautic_url": "http://localhost/crm"},
            (
                "mautic_url is http://localhost/crm, but the containers this starts serve at the root; drop the"
                " path, or set mautic_manage_containers=false"
            ),
        ),
        ({"mautic_nonsense": 1}, "mautic_nonsense is not a variable of this project"),
        ({"mautic_admin_password": "password"}, f"mautic_admin_password {_WEAK}"),
        (
            {"mautic_admin_password": "a\nb"},
            "mautic_admin_password is empty or holds a line break, NUL or what is no text",
        ),
        (
            {"mautic_admin_password": "caf\udce9-and-more"},
            "mautic_admin_password is empty or holds a line break, NUL or what is no text",
        ),
        (
            {"mautic_admin_email": "nobody"},
            "mautic_admin_email is 'nobody', which is not an e-mail address",
        ),
        (
            {"mautic_admin_email": "a@b.c, d@e.f"},
            "mautic_admin_email is 'a@b.c, d@e.f', which is not an e-mail address",
        ),
        (
            {"mautic_client_name": ""},
            "mautic_client_name is empty or begins or ends with white space",
        ),
        (
            {"mautic_client_name": " a"},
            "mautic_client_name is empty or begins or ends with white space",
        ),
        (
            {"mautic_client_name": "a" * 300},
            "mautic_client_name has 300 characters; at most 100 are allowed",
        ),
        ({"mautic_client_name": "a,b"}, f"mautic_client_name is 'a,b'; {_TYPED}"),
        ({"mautic_client_name": '"a"'}, f"mautic_client_name is '\"a\"'; {_TYPED}"),
        ({"mautic_client_name": "a\tb"}, f"mautic_client_name is 'a\\tb'; {_TYPED}"),
        (
            {"mautic_client_redirect_uri": "localhost/callback"},
            (
                "mautic_client_redirect_uri is 'localhost/callback'; it needs a scheme, as in"
                " https://localhost/callback"
            ),
        ),
        (
            {"mautic_client_redirect_uri": "https://a/x, https://b/x"},
            (
                "mautic_client_redirect_uri is 'https://a/x, https://b/x'; it needs a scheme, as in"
                " https://localhost/callback"
            ),
        ),
        (
            {"mautic_instance": "Mautic/1"},
            (
                "mautic_instance is 'Mautic/1'; allowed are 1 to 40 of a-z, 0-9, - and _, beginning with a"
                " letter or digit"
            ),
        ),
        (
            {"mautic_image": "--all-tags"},
            "mautic_image is not valid: string should match pattern '^[^\\s-]\\S*$'",
        ),
        (
            {"mautic_bind_address": "localhost"},
            "mautic_bind_address is 'localhost'; it needs an IP address of this machine, such as 127.0.0.1",
        ),
        (
            {"mautic_background_roles": ["cron", "cook"]},
            "mautic_background_roles is not valid: input should be 'cron' or 'worker'",
        ),
        (
            {"mautic_rehearsal_version": 7.0},
            "mautic_rehearsal_version is not valid: input should be '5.1' or '7.0'",
        ),
        (
            {"app_env_auth": "saml"},
            "app_env_auth is not valid: input should be 'oauth2', 'basic' or 'token'",
        ),
        (
            {"mautic_ca_bundle": "/no/such/file"},
            "mautic_ca_bundle names /no/such/file, which is not a file",
        ),
        (
            {"mautic_client_id": "1_id"},
            "mautic_client_id and mautic_client_secret belong together; set both or neither",
        ),
        (
            {"mautic_basic_auth": False, "app_env_auth": "basic"},
            "mautic_basic_auth is false, but app_env_auth is basic, which needs it",
        ),
        (
            {"mautic_client_id": "1", "mautic_client_secret": "s", "app_env_auth": "basic"},
            "mautic_client_id is set, but app_env_auth is basic, which uses no client",
        ),
        (
            {"mautic_client_id": "1", "mautic_client_secret": "s", "mautic_basic_auth": True},
            (
                "mautic_basic_auth is set, but with mautic_client_id no browser is started that could switch it;"
                " unset one of them"
            ),
        ),
        *(
            (
                {"mautic_client_id": "1", "mautic_client_secret": "s", "mautic_rotate": rotate},
                (
                    "mautic_rotate names client, but mautic_client_id is set: a client made by hand is replaced by"
                    " hand; unset one of them"
                ),
            )
            for rotate in (True, "client", ["cache_key", "client"])
        ),
    ],
)
def test_bad_input_is_refused_with_its_reason(values: dict[str, Any], problem: str) -> None:
    assert _problems(values) == [problem]


@pytest.mark.parametrize(
    "agent", ["", "two\nlines", "ends ", " begins", "two  spaces", "tab\there", "ümlaut"]
)
def test_a_user_agent_that_no_header_carries_is_refused(agent: str) -> None:
    (problem,) = _problems({"app_user_agent": agent})
    assert problem.startswith("app_user_agent is not valid: string should match pattern")


def test_all_problems_are_told_at_once_those_between_variables_too() -> None:
    assert _problems(
        {
            "mautic_admin_email": "nobody",
            "mautic_client_name": "",
            "app_env_auth": "saml",
            "mautic_url": "http://localhost/crm",
            "mautic_client_id": "1_id",
        }
    ) == [
        "mautic_admin_email is 'nobody', which is not an e-mail address",
        "mautic_client_name is empty or begins or ends with white space",
        "app_env_auth is not valid: input should be 'oauth2', 'basic' or 'token'",
        (
            "mautic_url is http://localhost/crm, but the containers this starts serve at the root; drop the"
            " path, or set mautic_manage_containers=false"
        ),
        "mautic_client_id and mautic_client_secret belong together; set both or neither",
    ]


@pytest.mark.parametrize(
    "values",
    [
        {"mautic_manage_containers": "flase", "mautic_url": "https://example.com/crm"},
        {"mautic_manage_containers": "flase", "mautic_admin_password": "password"},
        {"mautic_allow_insecure_http": "yess", "mautic_url": "http://example.com"},
        {"mautic_client_id": "1_id", "mautic_client_secret": 5},
        {"app_env_auth": "basics", "mautic_basic_auth": False},
    ],
)
def test_a_variable_that_is_wrong_by_itself_contradicts_no_other(values: dict[str, Any]) -> None:
    assert len(_problems(values)) == 1


def test_a_problem_is_told_once_however_many_items_have_it() -> None:
    assert len(_problems({"mautic_background_roles": ["a", "b"]})) == 1


@reproducible
@given(
    secret=st.text(st.characters(codec="utf-8"), min_size=8).filter(lambda s: s.strip("\r\n")),
    wrap=st.sampled_from(
        [str, lambda s: [s], lambda s: {s: s}, lambda s: s.encode(), lambda s: s + "\n"]
    ),
    other=st.sampled_from(
        [{}, {"mautic_url": "x"}, {"mautic_client_id": "1"}, {"app_env_auth": "x"}]
    ),
)
def test_no_message_repeats_a_secret(secret: str, wrap: Any, other: dict[str, Any]) -> None:
    secret = f"Zq7{secret}7qZ"
    try:
        loaded = load(other | {name: wrap(secret) for name in _SECRETS})
    except SettingsError as exc:
        shown = exc.diagnostics() + repr(exc) + repr(exc.__context__) + repr(exc.__cause__)
    else:
        shown = repr(loaded) + str(loaded) + str(loaded.model_dump())
    assert "Zq7" not in shown
    assert "7qZ" not in shown
