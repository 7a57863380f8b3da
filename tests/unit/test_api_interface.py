"""Both clients have the same methods, which say of themselves what a caller needs."""

import asyncio
import inspect
import pydoc
from collections.abc import AsyncIterator, Iterator
from typing import Any, assert_type

import httpx
import pytest
from pydantic import SecretStr

import mautic_bootstrap
from mautic_bootstrap import AsyncMauticClient, MauticClient
from mautic_bootstrap.api.client_options import ClientOptions
from mautic_bootstrap.api.credentials import StaticToken
from mautic_bootstrap.api.models import Contact
from mautic_bootstrap.api.operations import Group, iteration, operation
from unit.fake_api import URL, FakeApi

_TOKEN = StaticToken(SecretStr("static-token"))
# Closing waits, too, and bears the name that such a thing has in Python.
_OWN = {
    MauticClient: {"close", "__enter__", "__exit__"},
    AsyncMauticClient: {"aclose", "__aenter__", "__aexit__"},
}


def _operations(cls: type[object]) -> dict[str, object]:
    return {
        name: member
        for name, member in inspect.getmembers_static(cls)
        if isinstance(member, operation | iteration)
    }


def _groups(client: object) -> dict[str, Group[Any]]:
    return {name: value for name, value in vars(client).items() if isinstance(value, Group)}


@pytest.fixture
def client() -> Iterator[MauticClient]:
    with MauticClient(URL, _TOKEN) as client:
        yield client


@pytest.fixture
def awaited() -> Iterator[AsyncMauticClient]:
    client = AsyncMauticClient(URL, _TOKEN)
    yield client
    asyncio.run(client.aclose())


def test_what_one_client_has_the_other_has_too() -> None:
    blocking, awaited = ({name for name in dir(cls) if name[0] != "_"} for cls in _OWN)
    assert blocking - awaited == {"close"}
    assert awaited - blocking == {"aclose"}
    for cls, names in _OWN.items():
        own = {name for name, value in vars(cls).items() if inspect.isfunction(value)}
        assert own - {"_connect"} == names


def test_both_have_the_same_methods_in_the_same_groups(
    client: MauticClient, awaited: AsyncMauticClient
) -> None:
    assert _operations(MauticClient) == _operations(AsyncMauticClient) != {}
    groups = {name: type(group) for name, group in _groups(client).items()}
    assert groups == {name: type(group) for name, group in _groups(awaited).items()}
    assert set(groups) == {"contacts", "segments", "campaigns", "emails", "users"}


def test_every_method_explains_itself_in_both(
    client: MauticClient, awaited: AsyncMauticClient
) -> None:
    for holder in (client, awaited, *_groups(client).values(), *_groups(awaited).values()):
        for name in _operations(type(holder)):
            method = getattr(holder, name)
            assert method.__name__ == name
            assert len(method.__doc__ or "") > 10, name
            assert "self" not in inspect.signature(method).parameters
            assert method.__self__ is holder


def test_help_shows_name_parameters_and_docstring(client: MauticClient) -> None:
    text = pydoc.plain(pydoc.render_doc(client.contacts.get))
    assert "\nget(contact_id: int) method of mautic_bootstrap.api" in text
    assert "Return a contact." in text
    everything = pydoc.plain(pydoc.render_doc(MauticClient))
    assert "request(self, method: str, path: str, *, params:" in everything
    assert "Call whatever has no method here" in everything
    assert "Generator" not in everything


def test_every_option_is_explained() -> None:
    source = inspect.getsource(ClientOptions)
    for name in ClientOptions.__annotations__:
        assert source.partition(f"    {name}: ")[2].splitlines()[1].strip().startswith('"""')


def test_a_method_that_is_called_wrongly_says_so_before_anything_is_sent(
    api: FakeApi, client: MauticClient
) -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'contact_id'"):
        client.contacts.get()  # type: ignore[call-arg]  # that is the point
    with pytest.raises(TypeError, match="unexpected keyword argument 'limits'"):
        client.request("GET", "/api/contacts", limits=1)  # type: ignore[call-arg]  # see above
    assert api.requests == []


def test_an_awaited_method_sends_nothing_before_it_is_awaited(
    api: FakeApi, awaited: AsyncMauticClient
) -> None:
    call = awaited.request("GET", "/api/contacts")
    assert api.requests == []

    async def twice() -> list[httpx.Response]:
        task = asyncio.create_task(awaited.request("GET", "/api/emails"))
        return [await call, await task]

    assert [answer.status_code for answer in asyncio.run(twice())] == [200, 200]
    assert len(api.requests) == 2


def test_an_iteration_sends_nothing_before_its_first_item(
    api: FakeApi, client: MauticClient
) -> None:
    contacts = client.contacts.iterate()
    assert api.requests == []
    assert list(contacts) == []
    assert len(api.requests) == 1


def test_a_client_that_is_left_is_closed(api: FakeApi) -> None:
    with MauticClient(URL, _TOKEN) as client:
        client.request("GET", "/api/contacts")
    with pytest.raises(RuntimeError, match="client has been closed"):
        client.request("GET", "/api/contacts")


def test_the_package_brings_its_clients_only_when_asked() -> None:
    assert mautic_bootstrap.MauticClient is MauticClient
    assert set(mautic_bootstrap.__all__) >= {"MauticClient", "AsyncMauticClient", "MauticSettings"}
    with pytest.raises(AttributeError, match="has no attribute 'Client'"):
        _ = mautic_bootstrap.Client


async def typed(client: MauticClient, awaited: AsyncMauticClient) -> None:
    """Hold mypy to what each mode returns; nobody calls it."""
    assert_type(client.contacts.get(1), Contact)
    assert_type(await awaited.contacts.get(1), Contact)
    assert_type(await asyncio.create_task(awaited.contacts.get(1)), Contact)
    assert_type(client.request("GET", "/api"), httpx.Response)
    assert_type(await awaited.request("GET", "/api"), httpx.Response)
    assert_type(client.contacts.iterate(), Iterator[Contact])
    assert_type(awaited.contacts.iterate(), AsyncIterator[Contact])
    assert_type(client.with_options(priority="background"), MauticClient)
    client.contacts.get("1")  # type: ignore[arg-type]  # mypy has to see that
