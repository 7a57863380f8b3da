"""Rights that somebody changes by hand are named, and put right by the next run; the one after has nothing to do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from e2e import curl
from e2e.admin_pages import AdminPages
from e2e.files import snapshot
from e2e.mautic import Mautic
from e2e.targets import ONE_OF_EACH_KIND
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS

_ROLE = "mautic-bootstrap: app"
_DELETE = {"lead:leads": ["deleteown"]}
_LOOKING = {"POST /s/login_check", "POST /oauth/v2/token"}

Act = Callable[[AdminPages], None]


@ONE_OF_EACH_KIND
def test_a_right_that_was_ticked_by_hand_is_named_and_removed(mautic: Mautic) -> None:
    contact = curl.new_contact(mautic.env, "ticked@example.com")
    _by_hand(mautic, lambda pages: pages.change_role(_ROLE, tick=_DELETE))
    assert "deleteown" in _rights(mautic)["lead:leads"]
    held, files = _shown(mautic), snapshot(mautic.checkout.root)
    with mautic.requests() as requests:
        answer = mautic.play("--check", "--diff").ok()
    assert answer.changed == 1
    answer.says(f"role {_ROLE}: lead:leads deleteown: allowed", "not asked for, removed")
    assert {line for line in requests if line.startswith("POST")} <= _LOOKING
    assert _shown(mautic) == held
    assert snapshot(mautic.checkout.root) == files

    answer = mautic.play("--diff").ok(changed=1)
    answer.says(f"role {_ROLE}: lead:leads deleteown: allowed", "not asked for, removed")
    assert "deleteown" not in _rights(mautic)["lead:leads"]
    path = f"/api/contacts/{contact}/delete"
    assert curl.call(mautic.env, "DELETE", path, curl.token(mautic.env))[0] == 403
    _settled(mautic)


@pytest.mark.long
@pytest.mark.parametrize(
    ("act", "said"),
    [
        pytest.param(
            lambda pages: pages.change_role(_ROLE, untick={"email:emails": ["create"]}),
            f"role {_ROLE}: email:emails create: missing",
            id="unticked",
        ),
        pytest.param(
            lambda pages: pages.change_role(_ROLE, isAdmin="1"),
            f"role {_ROLE}: an administrator's rights",
            id="made-admin",
        ),
        pytest.param(
            lambda pages: pages.change_role(_ROLE, everything=True),
            f"role {_ROLE}: email:emails create: missing",
            id="nothing-ticked",
        ),
    ],
)
def test_other_changes_by_hand_are_named_and_undone(mautic: Mautic, act: Act, said: str) -> None:
    env = mautic.env_path.read_text()
    _by_hand(mautic, act)
    held = _shown(mautic)
    assert mautic.play("--check", "--diff").ok().says(said).changed == 1
    assert _shown(mautic) == held
    mautic.play("--diff").ok(changed=1).says(said)
    assert _rights(mautic) == _asked()
    assert mautic.env_path.read_text() == env
    assert curl.get(mautic.env, "/api/contacts", curl.token(mautic.env))
    _settled(mautic)


@pytest.mark.long
def test_a_changed_wish_is_applied_and_taken_back(mautic: Mautic) -> None:
    more = _asked() | {"form:forms": ["viewown", "viewother"]}
    more["campaign:campaigns"] = ["viewown"]
    for wish, status in ((more, 200), (_asked(), 403)):
        assert mautic.play("--check", "--diff", mautic_api_permissions=wish).ok().changed == 1
        answer = mautic.play("--diff", mautic_api_permissions=wish).ok(changed=1)
        answer.says(f"role {_ROLE}: form:forms viewown", f"role {_ROLE}: campaign:campaigns")
        assert _rights(mautic) == wish
        token = curl.token(mautic.env)
        assert curl.call(mautic.env, "GET", "/api/forms", token)[0] == status
        mautic.play(mautic_api_permissions=wish).ok(changed=0)
        assert not mautic.recorder.of("chromium")


@pytest.mark.long
def test_what_this_mautic_does_not_have_is_refused_with_what_it_has(
    mautic: Mautic, tmp_path: Path
) -> None:
    held = _shown(mautic)
    wrong = _asked() | {"form:starts": ["viewown"], "lead:leads": ["viewown", "erase"]}
    for arguments in (("--check",), ()):
        answer = mautic.play(*arguments, mautic_api_permissions=wrong).refused("code: 2")
        answer.says("mautic_api_permissions names form:starts, which this Mautic does not have")
        answer.says("it has: ", "form:forms", "plugin:plugins")
        answer.says("mautic_api_permissions gives lead:leads erase; this Mautic has: viewown")
    assert _shown(mautic) == held
    _settled(mautic)


def _by_hand(mautic: Mautic, act: Act) -> None:
    with AdminPages(mautic.url, "admin", mautic.admin_password) as pages:
        act(pages)


def _shown(mautic: Mautic) -> dict[str, object]:
    with AdminPages(mautic.url, "admin", mautic.admin_password) as pages:
        return pages.role(_ROLE)


def _rights(mautic: Mautic) -> dict[str, list[str]]:
    me = curl.get(mautic.env, "/api/users/self", curl.token(mautic.env))
    assert me["role"]["isAdmin"] is False
    rights: dict[str, list[str]] = me["role"]["rawPermissions"]
    return rights


def _asked() -> dict[str, list[str]]:
    return {name: list(rights) for name, rights in DEFAULT_PERMISSIONS.items()}


def _settled(mautic: Mautic) -> None:
    mautic.play("--diff").ok(changed=0)
    assert not mautic.recorder.of("chromium")
