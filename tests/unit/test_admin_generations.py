"""Which of the clients of a name is the current one, in every state that a rotation may have died in."""

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from mautic_bootstrap.admin import clients
from mautic_bootstrap.admin.clients import Generations
from mautic_bootstrap.admin.model import OAuth2Client
from mautic_bootstrap.errors import AmbiguousClientError, SecretUnreadableError
from unit.admin_values import EARLIER, STAMP, client

_SESSION: Any = SimpleNamespace(
    attempted="look for app on http://localhost:8080", base_url="http://localhost:8080"
)
_NEXT, _RETIRING = f"app (next {STAMP})", f"app (retiring {STAMP})"


def _find(
    monkeypatch: pytest.MonkeyPatch,
    *listed: OAuth2Client,
    in_use: int | None = None,
    name: str = "app",
) -> Generations:
    monkeypatch.setattr(clients, "everyone", lambda _session: list(listed))
    return clients.find(_SESSION, name, f"{in_use}_id" if in_use else None)


@pytest.mark.parametrize("in_use", [None, 1, 2, 9])
@pytest.mark.parametrize(
    ("listed", "current", "former"),
    [
        ([], None, []),
        ([(1, "app")], 1, []),
        # A rotation: the new one is made, the old one renamed, the new one renamed.
        ([(1, "app"), (2, _NEXT)], 2, [1]),
        ([(1, _RETIRING), (2, _NEXT)], 2, [1]),
        ([(1, _RETIRING), (2, "app")], 2, [1]),
        # The old one is revoked although the new one is not renamed yet.
        ([(2, _NEXT)], 2, []),
        # A person deleted the new one: the replaced one is nobody's client any more.
        ([(1, _RETIRING)], None, [1]),
        # Rotated twice within the grace.
        ([(1, f"app (retiring {EARLIER})"), (2, "app"), (3, _NEXT)], 3, [1, 2]),
        ([(1, f"app (retiring {EARLIER})"), (2, _RETIRING), (3, "app")], 3, [1, 2]),
        # Nothing of it is ours.
        ([(1, "App"), (2, "app2"), (3, "app (next x)"), (4, f"shop (next {STAMP})")], None, []),
        ([(1, "app"), (2, "app "), (3, f"app (final {STAMP})"), (4, "my app")], 1, []),
        # Perhaps in somebody else's use: it is none of the family any more.
        ([(1, f"app (replaced {STAMP})"), (2, "app")], 2, []),
        ([(1, f"app (replaced {STAMP})"), (2, _NEXT), (3, "app")], 2, [3]),
        ([(1, f"app (replaced {STAMP})")], None, []),
        # A client is never renamed to this; it is of the family all the same, and never handed out.
        ([(1, f"app (rotating {STAMP})")], None, [1]),
    ],
)
def test_what_a_rotation_has_made_is_current_and_what_it_replaces_is_former(
    *,
    monkeypatch: pytest.MonkeyPatch,
    listed: list[tuple[int, str]],
    current: int | None,
    former: list[int],
    in_use: int | None,
) -> None:
    found = _find(monkeypatch, *(client(n, name) for n, name in listed), in_use=in_use)
    assert (found.current and found.current.number) == current
    assert [one.number for one in found.former] == former
    assert {one.number for one in found.all} == {*former, *([current] if current else [])}


@pytest.mark.parametrize(("in_use", "current"), [(2, 2), (3, 3)])
def test_of_several_new_ones_the_one_in_use_is_current(
    monkeypatch: pytest.MonkeyPatch, in_use: int, current: int
) -> None:
    found = _find(
        monkeypatch,
        client(1),
        client(2, f"app (next {EARLIER})"),
        client(3, _NEXT),
        in_use=in_use,
    )
    assert found.current is not None
    assert found.current.number == current
    assert {one.number for one in found.former} == {1, 2, 3} - {current}


@pytest.mark.parametrize("in_use", [None, 1, 9])
def test_several_new_ones_of_which_none_is_in_use_are_for_a_person_to_tell_apart(
    monkeypatch: pytest.MonkeyPatch, in_use: int | None
) -> None:
    with pytest.raises(AmbiguousClientError) as caught:
        _find(
            monkeypatch,
            client(1),
            client(2, f"app (next {EARLIER})"),
            client(3, _NEXT),
            in_use=in_use,
        )
    assert "saw 2: number 2 (id 2_id...), number 3 (id 3_id...)" in str(caught.value)


@pytest.mark.parametrize("in_use", [None, 1, 2])
def test_several_of_the_plain_name_are_for_a_person_to_tell_apart_even_if_one_is_in_use(
    monkeypatch: pytest.MonkeyPatch, in_use: int | None
) -> None:
    with pytest.raises(AmbiguousClientError) as caught:
        _find(monkeypatch, client(1), client(2), in_use=in_use)
    assert str(caught.value) == (
        "look for app on http://localhost:8080: expected one OAuth2 client named app, saw 2: number 1 (id 1_id...),"
        " number 2 (id 2_id...). Delete all but the one in use at http://localhost:8080/s/credentials, or choose"
        " another mautic_client_name. Nothing was changed."
    )
    assert "secret-" not in str(caught.value)


@pytest.mark.parametrize(("client_id", "secret"), [("", "s"), ("1_id", ""), ("", "")])
def test_a_current_client_without_id_or_secret_is_an_error_but_a_former_one_is_none(
    monkeypatch: pytest.MonkeyPatch, client_id: str, secret: str
) -> None:
    damaged = OAuth2Client(1, "app", client_id, SecretStr(secret))
    with pytest.raises(SecretUnreadableError) as caught:
        _find(monkeypatch, damaged)
    assert caught.value.seen == "client number 1 without them"
    found = _find(monkeypatch, damaged, client(2, _NEXT))
    assert found.current == client(2, _NEXT)


def test_a_client_whose_name_contains_such_an_ending_is_its_own_family(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "app (next x)"
    listed = [client(1, name), client(2, f"{name} (retiring {STAMP})"), client(3), client(4, _NEXT)]
    found = _find(monkeypatch, *listed, name=name)
    assert found == Generations(listed[0], (listed[1],))


def test_the_client_just_made_is_told_from_those_made_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = [client(1, "other"), client(2), client(3), client(4)]
    monkeypatch.setattr(clients, "everyone", lambda _session: listed)
    assert clients.made(_SESSION, "app", "3_id") == (listed[2], [listed[1]])
    assert clients.made(_SESSION, "app", "2_id") == (listed[1], [])
    # By its id alone: a run on another machine may have renamed it by now.
    assert clients.made(_SESSION, "app", "1_id") == (listed[0], [])
    with pytest.raises(SecretUnreadableError) as caught:
        clients.made(_SESSION, "app", "9_id")
    assert caught.value.seen == "a list without it"
