"""The form of a user, as the pages of users and of one's own account share it.

Source: `UserBundle/Form/Type/UserType.php`, `UserBundle/Entity/User.php` (constraints); live 5.1.0 and 7.0.0 for
ids, names, messages and statuses.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from mautic_bootstrap.rehearsal.database import Row, query
from mautic_bootstrap.rehearsal.http import Response
from mautic_bootstrap.rehearsal.model import people
from mautic_bootstrap.rehearsal.pages import forms
from mautic_bootstrap.rehearsal.pages.site import Visit

LONGEST = 191
_TEXT_FIELDS = {
    "first_name": "firstName",
    "last_name": "lastName",
    "position": "position",
    "signature": "signature",
    "username": "username",
    "email": "email",
    "timezone": "timezone",
    "locale": "locale",
}
_PASSWORDS = ("user[plainPassword][password]", "user[plainPassword][confirm]")
_LOOKS = ("theme", "reduce_transparency", "reduce_motion", "contrast_borders", "enable_underlines")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LOCK_FIELDS = ["user[unlockModel]", "user[unlockId]"]


@dataclass
class Entry:
    """What was posted."""

    post: forms.Submission
    values: Row
    """The user's columns, as far as the form has them."""

    password: str
    errors: dict[str, list[str]] = field(default_factory=dict)
    """Field name to what is wrong with it."""

    @property
    def refused(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.post.errors or self.errors)

    @property
    def columns(self) -> Row:
        """The columns to save; an empty password leaves the present one."""
        hashed = {"password": people.hash_password(self.password)} if self.password else {}
        return {**self.values, **hashed}


def empty(visit: Visit) -> Row:
    """Return what the form of a new user shows."""
    signature = visit.site.texts("default_signature")
    blank = dict.fromkeys(_TEXT_FIELDS, "")
    return {**blank, "signature": signature, "role_id": None, "is_published": 1}


def read(visit: Visit, row: Row | None, *, own: bool = False) -> Entry:
    """Read a post.

    Args:
        visit: The request.
        row: The user as it is; None for a new one.
        own: The page of one's own account, which has no role and cannot be switched off.
    """
    looks = [f"user[preferences][{name}]" for name in _LOOKS]
    known = [f"user[{name}]" for name in _TEXT_FIELDS.values()]
    known += [*_PASSWORDS, *(_LOCK_FIELDS if row else []), *(looks if _has_looks(visit) else [])]
    known += [] if own else ["user[role]", "user[isPublished]"]
    post = forms.read(visit.request, visit.session, visit.site.texts, "user", known)
    fixed = fixed_fields(visit) if own else set()
    values: Row = {
        column: forms.without_tags(post.one(f"user[{name}]"))
        for column, name in _TEXT_FIELDS.items()
        if column not in fixed
    }
    for column in ("position", "timezone", "locale"):
        if column in values:
            values[column] = values[column] or None
    if not own:
        role = post.one("user[role]")
        values["role_id"] = int(role) if role.isdecimal() else 0
        values["is_published"] = int(post.one("user[isPublished]") == "1")
    password, confirmed = (post.one(name) for name in _PASSWORDS)
    entry = Entry(post, values, password)
    entry.errors = _errors(visit, row, values, password, confirmed)
    if not own and values["role_id"] not in {r["id"] for r in _roles(visit)}:
        missing = visit.site.texts("role_required")
        entry.errors["role"] = [visit.site.version.choice_refusal if role else missing]
    return entry


def fixed_fields(visit: Visit) -> set[str]:
    """Return the columns of their own account that a user without the right for it may not change."""
    groups = {
        "editname": ("first_name", "last_name"),
        "editusername": ("username",),
        "editposition": ("position",),
        "editemail": ("email",),
    }
    return {
        column
        for level, columns in groups.items()
        if not visit.may("user:profile", level)
        for column in columns
    }


def crashes(visit: Visit, entry: Entry) -> bool:
    """Say whether Mautic trips over a new user: too long for a column, or (5.1.0) no password to judge."""
    if any(len(str(value)) > LONGEST for value in entry.values.values()):
        return not entry.refused
    unjudged = {visit.site.texts(key) for key in ("password_blank", "passwords_differ")}
    said = set(entry.errors.get("password", []))
    return visit.site.version.edit_of_nobody_crashes and bool(unjudged & said)


def _errors(
    visit: Visit, row: Row | None, values: Row, password: str, confirmed: str
) -> dict[str, list[str]]:
    texts = visit.site.texts
    errors: dict[str, list[str]] = {}
    for column, key in (
        ("first_name", "first_name_required"),
        ("last_name", "last_name_required"),
        ("username", "user_name_required"),
    ):
        if values.get(column) == "":
            errors[column] = [texts(key)]
    for column, key in (("username", "user_name_taken"), ("email", "email_taken")):
        if values.get(column) and _taken(visit, column, values[column], row):
            errors[column] = [texts(key)]
    if "email" in values and not _EMAIL.fullmatch(values["email"]):
        errors["email"] = [texts("email_invalid")]
    if password != confirmed:
        errors["password"] = [texts("passwords_differ")]
    elif not password and row is None:
        errors["password"] = [texts("password_blank")]
    elif password and people.too_weak(password):
        errors["password"] = [texts("stronger_password")]
    return errors


def _taken(visit: Visit, column: str, value: str, row: Row | None) -> bool:
    sql = f"SELECT id FROM users WHERE {column} = ? AND id != ?"  # noqa: S608  # one of two literals
    return bool(query(visit.site.database, sql, value, row["id"] if row else 0))


def _roles(visit: Visit) -> list[Row]:
    sql = "SELECT id, name FROM roles WHERE is_published = 1 ORDER BY name COLLATE NOCASE"
    return query(visit.site.database, sql)


def _has_looks(visit: Visit) -> bool:
    return visit.site.version.has_preferences


def render(
    visit: Visit,
    row: Row | None,
    values: Row,
    *,
    title: str,
    action: str,
    entry: Entry | None = None,
    own: bool = False,
) -> Response:
    """Show the form.

    Args:
        visit: The request.
        row: The user as it is; None for a new one.
        values: What the fields show.
        title: The page's.
        action: Where the form posts to.
        entry: What was refused.
        own: The page of one's own account.
    """
    context: dict[str, Any] = {
        "user": row,
        "values": {key: "" if value is None else value for key, value in values.items()},
        "action": action,
        "own": own,
        "fixed": fixed_fields(visit) if own else set(),
        "role_options": [] if own else [(role["id"], role["name"]) for role in _roles(visit)],
        "looks": _LOOKS if _has_looks(visit) else (),
        "errors": entry.errors if entry else {},
        "form_errors": entry.post.errors if entry else [],
        "token": visit.session.token("user"),
    }
    return visit.site.page("user_form.html.j2", title, visit.session, **context)
