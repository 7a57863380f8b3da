from collections.abc import Callable
from pathlib import Path

import pytest

from mautic_bootstrap.containers import images
from mautic_bootstrap.containers.engine import Engine
from mautic_bootstrap.errors import ContainerError, RegistryUnreachableError
from unit.fakes import FakeEngine

_HUB = 'Error response from daemon: Get "https://registry-1.docker.io/v2/"'
_ARCHIVE = Path("/images.tar")

# No registry answers at all. The first three were seen on Docker 20.10 and 28 without a network.
_UNREACHABLE = [
    f"{_HUB}: dial tcp: lookup registry-1.docker.io on 10.0.0.53:53: no such host",
    'Error response from daemon: Get "http://localhost:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
    (
        "failed to configure transport: error pinging v2 registry: Get"
        ' "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host'
    ),
    f"{_HUB}: dial tcp 10.1.2.3:443: i/o timeout",
    f"{_HUB}: net/http: TLS handshake timeout",
    (
        f"{_HUB}: net/http: request canceled while waiting for connection (Client.Timeout exceeded while"
        " awaiting headers)"
    ),
    f"{_HUB}: context deadline exceeded",
    f"{_HUB}: dial tcp: lookup registry-1.docker.io: Temporary failure in name resolution",
    f"{_HUB}: dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: server misbehaving",
    f"{_HUB}: dial tcp 10.1.2.3:443: connect: network is unreachable",
    f"{_HUB}: dial tcp 10.1.2.3:443: connect: no route to host",
    f"{_HUB}: proxyconnect tcp: dial tcp 10.1.2.3:3128: connect: connection refused",
]
# A registry, or this machine itself, said no.
_ANSWERED = [
    (
        "Error response from daemon: pull access denied for mautic/mautc, repository does not exist or may require"
        " 'docker login': denied: requested access to the resource is denied"
    ),
    (
        "Error response from daemon: toomanyrequests: You have reached your unauthenticated pull rate limit."
        " https://www.docker.com/increase-rate-limit"
    ),
    (
        "Error response from daemon: manifest for mautic/mautic:9-apache not found: manifest unknown: manifest"
        " unknown"
    ),
    "no such manifest: docker.io/mautic/mautic:9-apache\nmanifest unknown",
    f"{_HUB}: unauthorized: incorrect username or password",
    "write /var/lib/docker/tmp/GetImageBlob0123: no space left on device",
    (
        'Error response from daemon: Get "https://10.1.2.3/v2/": tls: failed to verify certificate: x509: cannot'
        " validate certificate for 10.1.2.3 because it doesn't contain any IP SANs"
    ),
    f"{_HUB}: x509: certificate signed by unknown authority",
    "error parsing HTTP 429 response body: toomanyrequests; retried: i/o timeout",
    "Error response from daemon: unexpected status from GET request: 503 Service Unavailable",
    "no reason given",
]


def test_without_an_archive_an_image_is_pulled() -> None:
    engine = FakeEngine()
    assert images.get(engine, "a", None) == "pulled"
    assert engine.calls == ["pull a"]


def test_an_archive_that_holds_both_images_is_loaded_once() -> None:
    engine = FakeEngine(archive={"a": "1", "b": "2"})
    assert [images.get(engine, name, _ARCHIVE) for name in ("a", "b")] == ["loaded", "loaded"]
    assert engine.calls == ["load /images.tar"]


def test_what_an_archive_does_not_hold_is_pulled() -> None:
    engine = FakeEngine(archive={"a": "1"})
    assert images.get(engine, "b", _ARCHIVE) == "pulled"
    assert engine.calls == ["load /images.tar", "pull b"]


def test_an_archive_that_is_none_is_an_error_and_nothing_is_pulled() -> None:
    said = "Error processing tar file(exit status 1): archive/tar: invalid tar header"
    engine = FakeEngine(load_refusal=said)
    with pytest.raises(ContainerError) as caught:
        images.get(engine, "a", _ARCHIVE)
    assert str(caught.value) == (
        f"load /images.tar: expected an archive made by `docker save`, saw {said}. Check"
        " mautic_image_archive and the free disk space."
    )
    assert engine.calls == ["load /images.tar"]


def test_a_plan_asks_a_registry_and_gets_nothing() -> None:
    engine = FakeEngine(archive={"a": "1"})
    assert images.planned(engine, "a", None) == "pulled"
    assert images.planned(engine, "a", _ARCHIVE) == "loaded"
    assert engine.calls == ["ask for a"]


@pytest.mark.parametrize("ask", [images.get, images.planned])
@pytest.mark.parametrize("refusal", _UNREACHABLE)
def test_where_no_registry_answers_three_ways_out_are_named(
    ask: Callable[[Engine, str, None], str], refusal: str
) -> None:
    assert images.is_unreachable(refusal)
    with pytest.raises(RegistryUnreachableError) as caught:
        ask(FakeEngine(refusal=refusal), "mautic/mautic:7-apache", None)
    assert str(caught.value) == (
        "get the image mautic/mautic:7-apache: expected it on this machine, in mautic_image_archive, or from a"
        f" registry, saw no registry that answers ({refusal}). Three ways out: `docker load` the image here;"
        " name a `docker save` file in mautic_image_archive; or try the whole path against a stand-in with"
        " `-e mautic_fallback=rehearsal`."
    )


@pytest.mark.parametrize("ask", [images.get, images.planned])
@pytest.mark.parametrize("refusal", _ANSWERED)
def test_a_registry_that_says_no_is_no_reason_for_a_rehearsal(
    ask: Callable[[Engine, str, None], str], refusal: str
) -> None:
    assert not images.is_unreachable(refusal)
    with pytest.raises(ContainerError) as caught:
        ask(FakeEngine(refusal=refusal), "mautic/mautic:7-apache", None)
    assert type(caught.value) is ContainerError
    last = refusal.splitlines()[-1]
    assert f"expected the registry to hand it over, saw {last}." in str(caught.value)
    assert caught.value.hint == (
        "Check mautic_image and mautic_db_image, `docker login`, and the free disk space."
    )


def test_only_the_last_line_of_many_is_quoted_and_not_all_of_a_long_one() -> None:
    with pytest.raises(ContainerError) as caught:
        images.get(FakeEngine(refusal="Pulling\n0123: Pulling\n" + "x" * 5000), "a", None)
    assert "Pulling" not in str(caught.value)
    assert len(str(caught.value)) < 600
