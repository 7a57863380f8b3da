"""A rotation through the admin UI, from the new client to the end of the old one; and runs that die in its end."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from browser.conftest import Bring, End, calls_of, wish_for
from browser.mautics import AS_ASKED, EMPTY, LOCKED_OUT, ROLE, USER, USUAL, Holdings, Mautic
from contract.targets import ADMIN_PASSWORD, ADMIN_USERNAME
from mautic_bootstrap import naming
from mautic_bootstrap.admin.model import OAuth2Client
from mautic_bootstrap.errors import RotationError
from mautic_bootstrap.naming import MARKER
from mautic_bootstrap.rehearsal.model import clients
from mautic_bootstrap.rehearsal.versions import VERSIONS

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shared_browser")]

_LONG = pytest.mark.long
_DAY = timedelta(days=1)
_AT = "20261123T100000Z"


@dataclass(frozen=True)
class _Rotated:
    """A Mautic just after the application got its new client."""

    mautic: Mautic
    old: str
    new: str
    """Ids of the clients."""


def _mautic(version: str) -> Mautic:
    mautic = Mautic(version)
    mautic.install(ADMIN_USERNAME, ADMIN_PASSWORD)
    mautic.switch_api_on()
    return mautic


@pytest.fixture(params=sorted(VERSIONS))
def mautic(request: pytest.FixtureRequest) -> Iterator[Mautic]:
    with _mautic(request.param) as server:
        yield server


@pytest.fixture(params=["7.0", pytest.param("5.1", marks=_LONG)])
def rotated(request: pytest.FixtureRequest) -> Iterator[_Rotated]:
    with _mautic(request.param) as mautic:
        old_role = mautic.add_role(f"{ROLE} (rotating {_AT})")
        new_role = mautic.add_role(f"{ROLE} (next {_AT})", naming.replacing(1))
        mautic.add_user(new_role)
        old = mautic.add_client(old_role)
        yield _Rotated(mautic, old, mautic.add_client(new_role, f"app (next {_AT})"))


def _clients(mautic: Mautic) -> dict[str, OAuth2Client]:
    """Return the clients by their ids."""
    rows = clients.everyone(mautic.site.database)
    made = [
        OAuth2Client(row["id"], row["name"], clients.public_id(row), SecretStr(row["secret"]))
        for row in rows
    ]
    return {client.client_id: client for client in made}


def _works(mautic: Mautic, client: OAuth2Client, folder: Path) -> bool:
    return calls_of(wish_for(mautic.url, folder / "evidence")).token(client) is not None


def test_a_rotation_goes_its_whole_way(
    mautic: Mautic, bring: Bring, end: End, tmp_path: Path
) -> None:
    old = mautic.add_usual()
    old_client = _clients(mautic)[old]

    made = bring(mautic.url, in_use=old, rotate=True)

    assert made.client is not None
    state = naming.read(made.client.name, "app")
    assert state is not None
    assert (state.word, made.unfinished) == ("next", True)
    assert state.at is not None
    rotating, following = (naming.stamped(ROLE, word, state.at) for word in ("rotating", "next"))
    assert mautic.holdings() == Holdings(
        [(following, naming.replacing(1), AS_ASKED), (rotating, MARKER, AS_ASKED)],
        [(USER, MARKER, following, LOCKED_OUT)],
        [("app", rotating), (made.client.name, following)],
    )
    assert mautic.were_admins == {"Administrator", following}, "never that of the client in use"

    before = mautic.holdings()
    with pytest.raises(RotationError, match="Nothing was revoked"):
        end(mautic.url, in_use=old)
    assert mautic.holdings() == before

    new = made.client.client_id
    waiting = end(mautic.url, in_use=new, grace=_DAY)
    retiring = naming.stamped("app", "retiring", state.at)
    assert [client.client_id for client in waiting.waiting] == [old]
    assert mautic.holdings() == replace(before, clients=[("app", following), (retiring, rotating)])
    assert _works(mautic, old_client, tmp_path)

    over = end(mautic.url, in_use=new)
    assert [client.client_id for client in over.revoked] == [old]
    assert mautic.holdings() == USUAL
    assert mautic.checked_out() == []
    assert _clients(mautic).keys() == {new}
    assert not _works(mautic, old_client, tmp_path)


class _KilledError(BaseException):
    """Stands for the end of the process: nobody cleans up."""


class _Steps(list[str]):
    """The lines of two runs, the first of which dies once it has said the one that begins so."""

    def __init__(self, last: str) -> None:
        super().__init__()
        self._last: str | None = last

    def append(self, line: str) -> None:
        super().append(line)
        if self._last is not None and line.strip().startswith(self._last):
            self._last = None
            raise _KilledError


@pytest.fixture
def steps(request: pytest.FixtureRequest) -> list[str]:
    return _Steps(request.param) if hasattr(request, "param") else []


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param("Rename the OAuth2 client app to", marks=_LONG),
        pytest.param(f"Rename the OAuth2 client app (next {_AT}) to app:", marks=_LONG),
        "Revoke the OAuth2 client number 1",
        pytest.param("Prove that it and its tokens are dead", marks=_LONG),
        pytest.param(f"Delete the role {ROLE} (rotating {_AT})"),
        pytest.param(f"Rename the role {ROLE} (next {_AT})", marks=_LONG),
    ],
    indirect=True,
)
def test_a_run_that_dies_between_two_steps_of_the_end_is_finished_by_the_next(
    rotated: _Rotated, end: End, steps: list[str], tmp_path: Path
) -> None:
    mautic, old_client = rotated.mautic, _clients(rotated.mautic)[rotated.old]
    with pytest.raises(_KilledError):
        end(mautic.url, in_use=rotated.new)

    end(mautic.url, in_use=rotated.new)

    assert mautic.holdings() == USUAL
    assert mautic.checked_out() == []
    assert _clients(mautic).keys() == {rotated.new}
    assert not _works(mautic, old_client, tmp_path)


@pytest.mark.parametrize("vouched", [True, False])
def test_a_client_that_the_application_did_not_have_is_left_working_under_a_name_that_tells(
    bring: Bring, end: End, tmp_path: Path, *, vouched: bool
) -> None:
    with _mautic("7.0") as mautic:
        theirs = mautic.add_client(1)
        told = naming.replacing(1 if vouched else None)
        role = mautic.add_role(f"{ROLE} (next {_AT})", told)
        mautic.add_user(role)
        new = mautic.add_client(role, f"app (next {_AT})")
        their_client = _clients(mautic)[theirs]

        ending = end(mautic.url, in_use=new)

        assert bool(ending.left) is not vouched
        assert _works(mautic, their_client, tmp_path) is not vouched
        name = f"app (replaced {_AT})"
        kept = [] if vouched else [(name, "Administrator")]
        assert mautic.holdings() == replace(USUAL, clients=[*USUAL.clients, *kept])
        again = bring(mautic.url, in_use=new)
        assert (again.changes, again.warnings, again.unfinished) == ((), (), False)


def test_where_an_administrator_s_rights_are_meant_our_roles_and_user_go(
    bring: Bring, end: End
) -> None:
    with _mautic("7.0") as mautic:
        mautic.add_usual()
        clients.remove(mautic.site.database, 1)
        in_use = mautic.add_client(1)
        assert bring(mautic.url, in_use=in_use, permissions=None).unfinished

        ending = end(mautic.url, in_use=in_use, permissions=None)

        assert [change.what for change in ending.changes] == [f"user {USER}", f"role {ROLE}"]
        assert mautic.holdings() == replace(EMPTY, clients=[("app", "Administrator")])
        assert not bring(mautic.url, in_use=in_use, permissions=None).unfinished


def test_check_mode_looks_at_the_end_of_a_rotation_and_sends_nothing(
    rotated: _Rotated, end: End
) -> None:
    before = rotated.mautic.holdings()
    ending = end(rotated.mautic.url, in_use=rotated.new, check=True)
    assert [change.after for change in ending.changes][-3:] == ["revoked", "absent", ROLE]
    assert rotated.mautic.holdings() == before
    sent = {request.path for request in rotated.mautic.posts()}
    assert sent == {"/s/login_check", "/oauth/v2/token"}
