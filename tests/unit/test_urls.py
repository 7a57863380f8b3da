import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mautic_bootstrap.urls import host_of, is_loopback, normalise_base_url, port_of
from unit.fakes import reproducible

_NO_URL = "is not a URL"
_NO_HTTP = "is not an http:// or https:// URL with a host"
_CREDENTIALS = "holds credentials; name them in mautic_admin_username and _password"
_TOO_MUCH = "holds white space, a query or a fragment; a base URL has none"
_NO_HOST = "holds a host or port that cannot be one, or characters that cannot be seen"


@pytest.mark.parametrize(
    ("typed", "base_url"),
    [
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://localhost:8080/api", "http://localhost:8080"),
        ("http://localhost:8080/api/", "http://localhost:8080"),
        ("http://localhost:8080/s", "http://localhost:8080"),
        ("http://localhost:8080/s/", "http://localhost:8080"),
        ("http://localhost:8080/admin", "http://localhost:8080"),
        ("http://localhost:8080/index.php", "http://localhost:8080"),
        ("http://localhost:8080/index.php/s/", "http://localhost:8080"),
        ("https://example.com/crm", "https://example.com/crm"),
        ("https://example.com/crm/mautic/s/", "https://example.com/crm/mautic"),
        ("https://example.com/news", "https://example.com/news"),
        ("https://example.com/my-admin", "https://example.com/my-admin"),
        ("  https://example.com \n", "https://example.com"),
        ("HTTPS://Example.COM/Crm", "https://example.com/Crm"),
        ("https://example.com:443", "https://example.com:443"),
        ("http://[::1]:8080/s", "http://[::1]:8080"),
        ("http://[2001:DB8::1]", "http://[2001:db8::1]"),
        ("https://bücher.example/crm", "https://bücher.example/crm"),
    ],
)
def test_whatever_a_person_types_becomes_one_form_and_keeps_its_path_prefix(
    typed: str, base_url: str
) -> None:
    assert normalise_base_url(typed) == base_url


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", _NO_HTTP),
        ("localhost", _NO_HTTP),
        ("localhost:8080", _NO_HTTP),
        ("//localhost", _NO_HTTP),
        ("http://", _NO_HTTP),
        ("http:///path", _NO_HTTP),
        ("http://:8080", _NO_HTTP),
        ("ftp://localhost", _NO_HTTP),
        ("file:///etc/passwd", _NO_HTTP),
        ("http://[::1", _NO_URL),
        ("http://xn--", _NO_URL),
        ("http://localhost:port", _NO_URL),
        ("http://localhost:99999", _NO_URL),
        ("http://localhost:0", _NO_HOST),
        ("http://[::1].example.com", _NO_HOST),
        ("http://example.com[::1]", _NO_HOST),
        ("http://exa;mple.com", _NO_HOST),
        ("http://*", _NO_HOST),
        ("http://host\0", _NO_HOST),
        ("http://host/\x7f", _NO_HOST),
        ("http://exa mple.com", _TOO_MUCH),
        ("http://example.com/a b", _TOO_MUCH),
        ("http://example.com/a\nb", _TOO_MUCH),
        ("http://example.com/?x=1", _TOO_MUCH),
        ("http://example.com/#top", _TOO_MUCH),
        ("http://admin:hidden@example.com", _CREDENTIALS),
        ("http://hidden@example.com", _CREDENTIALS),
        ("ftp://admin:hidden@example.com", _CREDENTIALS),
        ("http://a:hidden@b@example.com/x y", _CREDENTIALS),
    ],
)
def test_whatever_is_no_base_url_is_refused_with_its_reason(typed: str, why: str) -> None:
    with pytest.raises(ValueError) as caught:
        normalise_base_url(typed)
    assert str(caught.value) == why
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@reproducible
@given(
    st.one_of(
        st.text(),
        st.from_regex(r"(https?|ftp)://[^\s]{0,20}(:[0-9]{0,6})?(/[^\s]{0,10}){0,3}"),
        st.tuples(st.sampled_from(["http://", "https://"]), st.text()).map("".join),
    )
)
@example("http://xn--")
@example("http://a..b")
def test_whatever_passes_is_stable_and_can_be_called(typed: str) -> None:
    try:
        base_url = normalise_base_url(typed)
    except ValueError:
        return
    assert normalise_base_url(base_url) == base_url
    assert not base_url.endswith("/")
    assert 0 < port_of(base_url) < 65536
    assert host_of(base_url)
    assert is_loopback(base_url) in {True, False}
    assert httpx.URL(f"{base_url}/api/contacts").host


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://localhost:8080/crm", "localhost", 8080),
        ("http://example.com", "example.com", 80),
        ("https://example.com", "example.com", 443),
        ("https://[::1]:8443", "::1", 8443),
        ("nothing", "", 80),
    ],
)
def test_host_and_port_are_the_ones_a_client_would_use(url: str, host: str, port: int) -> None:
    assert (host_of(url), port_of(url)) == (host, port)


@pytest.mark.parametrize(
    "host", ["localhost", "mautic.localhost", "127.0.0.1", "127.9.9.9", "[::1]"]
)
def test_loopback_is_this_machine(host: str) -> None:
    assert is_loopback(f"http://{host}:8080/crm")


@pytest.mark.parametrize(
    "host",
    ["example.com", "localhost.example.com", "mylocalhost", "10.0.0.1", "[::]", "[::2]"],
)
def test_everything_else_is_not(host: str) -> None:
    assert not is_loopback(f"http://{host}:8080/crm")
