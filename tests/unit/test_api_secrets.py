"""What an error carries away: never a secret, however deep one looks, and it travels between processes."""

import pickle  # what is loaded here was made here
import traceback
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import httpx
import pytest
from pydantic import SecretStr

from mautic_bootstrap import errors
from mautic_bootstrap.api.credentials import BasicCredentials, Credentials, StaticToken
from mautic_bootstrap.errors import (
    BootstrapError,
    NotFoundError,
    RateLimitedError,
    SettingsError,
    UnreachableError,
)
from unit.both_clients import Connect
from unit.fake_api import CLIENT, FakeApi, error

pytestmark = pytest.mark.usefixtures("api_clock")

_SECRETS = ("s3cret/with+signs", "hidden-token", "aGlkZGVu", "hidden-password", "token-1")
_REFUSED = httpx.ConnectError("refused", request=httpx.Request("POST", "http://m"))


def _with_locals(exc: BaseException) -> str:
    """Return what the tools that collect errors keep of one."""
    return "".join(traceback.TracebackException.from_exception(exc, capture_locals=True).format())


@pytest.mark.parametrize(
    "credentials",
    [
        CLIENT,
        StaticToken(SecretStr("hidden-token")),
        BasicCredentials("ada", SecretStr("hidden-password")),
    ],
    ids=lambda credentials: type(credentials).__name__,
)
def test_local_variables_of_a_failed_call_show_no_secret(
    api: FakeApi, connect: Connect, credentials: Credentials
) -> None:
    client = connect(credentials=credentials)
    failures: list[httpx.Response | Exception] = [_REFUSED] * 4 + [error(404, "Not found.")]
    api.will_grant(*failures[:4])
    api.will(*failures)
    for _ in range(2):
        with pytest.raises(BootstrapError) as caught:
            client.request("GET", "/api/contacts/1")
        shown = _with_locals(caught.value)
        assert "perform" in shown
        assert not [secret for secret in _SECRETS if secret in shown]


def test_the_cause_of_an_error_has_no_request(api: FakeApi, connect: Connect) -> None:
    api.will_grant(*[_REFUSED] * 4)
    with pytest.raises(UnreachableError) as caught:
        connect().request("GET", "/api/contacts")
    link: BaseException | None = caught.value
    seen = []
    while link is not None:
        seen.append(type(link).__name__)
        if isinstance(link, httpx.RequestError):
            with pytest.raises(RuntimeError, match="request"):
                link.request  # noqa: B018  # it raises
        link = link.__cause__ or link.__context__
    assert seen == ["UnreachableError", "ConnectError"]


def test_an_answer_has_a_request_without_credentials(api: FakeApi, connect: Connect) -> None:
    answer = connect().request("GET", "/api/contacts")
    assert "authorization" not in answer.request.headers
    assert answer.request.headers["x-request-id"]
    assert not [secret for secret in _SECRETS if secret.encode() in pickle.dumps(answer)]


def _makes(name: str) -> BootstrapError:
    if name == "SettingsError":
        return SettingsError(["one is wrong", "two is wrong"])
    if name == "BrowserMissingError":
        return errors.BrowserMissingError(attempted="a", seen="s", hint="h", guide="1. Do.")
    kind: type[BootstrapError] = getattr(errors, name)
    return kind("do it", expected="it done", seen="it undone", hint="Try.", waited_s=3.0)


@pytest.mark.parametrize("name", [name for name in errors.__all__ if name != "BootstrapError"])
def test_every_error_survives_a_copy_and_a_pickle(name: str) -> None:
    one = _makes(name)
    other = pickle.loads(pickle.dumps(one))  # noqa: S301  # made here
    assert type(other) is type(one)
    assert (str(other), other.diagnostics(), other.details()) == (
        str(one),
        one.diagnostics(),
        one.details(),
    )


def test_what_is_known_of_an_error_travels_with_it() -> None:
    one = RateLimitedError("do it", expected="it", seen="no", hint="Wait.", status=429)
    one.retry_after_s, one.request_id, one.attempts = 7.0, "abc", 3
    other = pickle.loads(pickle.dumps(one))  # noqa: S301  # made here
    assert (other.retry_after_s, other.request_id, other.attempts, other.status) == (
        *(7.0, "abc", 3),
        429,
    )


def _fail() -> None:
    raise NotFoundError("look", expected="one", seen="none", hint="Look elsewhere.")


def test_an_error_of_a_worker_process_reaches_the_one_that_waits_for_it() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        with pytest.raises(NotFoundError, match="Look elsewhere"):
            pool.submit(_fail).result()
        assert pool.submit(abs, -1).result() == 1
