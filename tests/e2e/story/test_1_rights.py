"""What the credentials of a bootstrap may do: read and write contacts, read segments and campaigns, manage e-mails, no more."""

from typing import Any

import pytest

from e2e import curl
from e2e.admin_pages import AdminPages, can_log_in
from e2e.mautic import Mautic

_DEFAULT = {
    "lead:leads": ["viewown", "viewother", "editown", "editother", "create"],
    "lead:lists": ["viewown", "viewother"],
    "campaign:campaigns": ["viewown", "viewother"],
    "email:emails": ["viewown", "viewother", "editown", "editother", "create"],
}
_USER = "mautic-bootstrap-app"
_PASSWORD = "x1-Known_for_once"  # of a user who cannot log in
_FORBIDDEN = ("users", "roles", "forms", "hooks", "pages", "assets", "points", "stages", "messages")
_NEW: dict[str, dict[str, Any]] = {
    "/api/roles/new": {"name": "mine", "isAdmin": True},
    "/api/users/new": {
        "username": "mine",
        "firstName": "M",
        "lastName": "I",
        "email": "mine@example.com",
        "plainPassword": {"password": _PASSWORD, "confirm": _PASSWORD},
        "role": 1,
    },
}
# The stand-in has no such calls.
_NEW_ON_A_REAL_ONE: dict[str, dict[str, Any]] = {
    "/api/forms/new": {"name": "mine", "formType": "standalone"},
    "/api/hooks/new": {"name": "mine", "webhookUrl": "https://example.com/", "triggers": []},
    "/api/campaigns/new": {"name": "mine"},
}
# Mautic asks for no more than the right to see segments: `LeadBundle/Controller/Api/{Field,List}ApiController.php`.
_NEW_WITH_SEGMENTS: dict[str, dict[str, Any]] = {
    "/api/segments/new": {"name": "mine"},
    "/api/fields/contact/new": {"label": "mine", "type": "text"},
}


@pytest.fixture
def bearer(mautic: Mautic) -> str:
    return curl.token(mautic.env)


def test_the_role_says_exactly_what_was_asked_for(mautic: Mautic, bearer: str) -> None:
    me = curl.get(mautic.env, "/api/users/self", bearer)
    assert me["role"]["isAdmin"] is False
    assert me["role"]["rawPermissions"] == _DEFAULT
    assert me["role"]["name"] == "mautic-bootstrap: app"
    assert me["role"]["description"] == "Managed by mautic-bootstrap"


def test_segments_and_campaigns_are_read(mautic: Mautic, bearer: str) -> None:
    for name in ("segments", "campaigns"):
        assert "total" in curl.get(mautic.env, f"/api/{name}", bearer)


def test_contacts_are_made_and_edited_but_not_deleted(mautic: Mautic, bearer: str) -> None:
    number = curl.new_contact(mautic.env, "rights@example.com")
    path = f"/api/contacts/{number}"
    change = {"firstname": "Ada"}
    assert curl.call(mautic.env, "PATCH", f"{path}/edit", bearer, change)[0] == 200
    assert curl.call(mautic.env, "DELETE", f"{path}/delete", bearer)[0] == 403
    assert curl.get(mautic.env, path, bearer)["contact"]["id"] == number


def test_emails_are_made_and_edited_but_not_deleted(mautic: Mautic, bearer: str) -> None:
    new = {"name": "Hello", "subject": "Hi", "customHtml": "<p>x</p>", "emailType": "template"}
    status, answer = curl.call(mautic.env, "POST", "/api/emails/new", bearer, new)
    assert status == 201, answer
    path = f"/api/emails/{answer['email']['id']}"
    change = {"subject": "Hi again"}
    assert curl.call(mautic.env, "PATCH", f"{path}/edit", bearer, change)[0] == 200
    assert curl.get(mautic.env, path, bearer)["email"]["subject"] == "Hi again"
    assert curl.call(mautic.env, "DELETE", f"{path}/delete", bearer)[0] == 403


def test_everything_else_is_refused(mautic: Mautic, bearer: str) -> None:
    lists = {name: curl.call(mautic.env, "GET", f"/api/{name}", bearer)[0] for name in _FORBIDDEN}
    assert lists == dict.fromkeys(_FORBIDDEN, 403)
    new = _NEW | ({} if mautic.target.is_rehearsal else _NEW_ON_A_REAL_ONE)
    made = {path: curl.call(mautic.env, "POST", path, bearer, new[path])[0] for path in new}
    assert made == dict.fromkeys(new, 403)
    admin = ("/api/users/1", "/api/roles/1")
    for path in admin:
        assert curl.call(mautic.env, "GET", path, bearer)[0] == 403
        assert curl.call(mautic.env, "PATCH", f"{path}/edit", bearer, {"name": "x"})[0] == 403
        assert curl.call(mautic.env, "DELETE", f"{path}/delete", bearer)[0] == 403


def test_whoever_sees_segments_may_make_segments_and_fields_by_mautics_own_rules(
    mautic: Mautic, bearer: str
) -> None:
    if mautic.target.is_rehearsal:
        pytest.skip("the stand-in has no such calls")
    new = _NEW_WITH_SEGMENTS
    made = {path: curl.call(mautic.env, "POST", path, bearer, new[path]) for path in new}
    assert {path: status for path, (status, _) in made.items()} == dict.fromkeys(new, 201)
    number = made["/api/segments/new"][1]["list"]["id"]
    path = f"/api/segments/{number}/delete"
    assert curl.call(mautic.env, "DELETE", path, bearer)[0] == 403


def test_a_token_opens_no_page_of_the_admin_ui(mautic: Mautic, bearer: str) -> None:
    for page in ("/s/plugins", "/s/config/edit", "/s/credentials"):
        assert curl.call(mautic.env, "GET", page, bearer)[0] in {302, 401, 403}


def test_the_user_who_made_the_client_cannot_log_in(mautic: Mautic) -> None:
    with AdminPages(mautic.url, "admin", mautic.admin_password) as pages:
        assert sorted(pages.usernames()) == ["admin", _USER]
        assert sorted(pages.role_names()) == ["Administrator", "mautic-bootstrap: app"]
        user = pages.user(_USER)
        assert user["isPublished"] == "0"
        assert user["position"] == "Managed by mautic-bootstrap"
        assert pages.role("mautic-bootstrap: app")["admin"] is False
        # Nobody knows the one it has.
        pages.set_password(_USER, _PASSWORD)
    assert not can_log_in(mautic.url, _USER, _PASSWORD)
    assert curl.token(mautic.env)
