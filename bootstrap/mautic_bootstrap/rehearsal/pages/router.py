"""From an admin page's address to the function that shows it, for those who may see it."""

import re
from collections.abc import Callable

from mautic_bootstrap.rehearsal.http import Response
from mautic_bootstrap.rehearsal.pages import (
    account,
    configuration,
    credentials,
    locking,
    roles,
    users,
)
from mautic_bootstrap.rehearsal.pages.site import Visit

_LIST = re.compile(r"/s/(roles|users|credentials)(?:/(\d+))?")
_NEW = re.compile(r"/s/(roles|users|credentials)/(new)")
_ENTITY = re.compile(r"/s/(roles|users|credentials)/(edit|delete)/(\d+)")
_UNLOCK = re.compile(r"/s/action/unlock/user\.(role|user)/(\d+)")
_RIGHTS = {"roles": "user:roles", "users": "user:users", "credentials": "api:clients"}
_PAGES = {"roles": roles, "users": users, "credentials": credentials}


def answer(visit: Visit) -> Response:
    """Answer a request of somebody who is logged in."""
    site, path = visit.site, visit.request.path
    match path:
        case "/s/dashboard":
            return site.page("empty.html.j2", site.texts("dashboard"), visit.session)
        case "/s/config/edit":
            page = configuration.save if visit.posted else configuration.show
            return page(visit) if visit.role.is_admin else site.forbidden()
        case "/s/account":
            return account.save(visit) if visit.posted else account.show(visit)
        case "/s/plugins":
            if not visit.may("plugin:plugins", "manage"):
                return site.forbidden()
            return site.page("empty.html.j2", site.texts("plugins"), visit.session)
    return _entities(visit, path) or site.missing()


def _entities(visit: Visit, path: str) -> Response | None:
    """Answer for roles, users and credentials; None for any other address."""
    if found := _LIST.fullmatch(path):
        return _list(visit, found[1], int(found[2] or 0))
    if found := _UNLOCK.fullmatch(path):
        return _unlock(visit, found[1], int(found[2]))
    if (found := _NEW.fullmatch(path)) or (found := _ENTITY.fullmatch(path)):
        return _entity(visit, *found.groups())
    return None


def _list(visit: Visit, kind: str, number: int) -> Response:
    show = _PAGES[kind].show_list
    return _allowed(visit, kind, "view", lambda: show(visit, number))


def _unlock(visit: Visit, kind: str, number: int) -> Response:
    return _allowed(visit, f"{kind}s", "edit", lambda: locking.unlock(visit, kind, number))


def _entity(visit: Visit, kind: str, action: str, number: str = "") -> Response:
    pages = _PAGES[kind]
    if action == "new":
        page = pages.create if visit.posted else pages.show_new
        return _allowed(visit, kind, "create", lambda: page(visit))
    acts = {"edit": pages.change if visit.posted else pages.show_edit, "delete": pages.delete}
    return _allowed(visit, kind, action, lambda: acts[action](visit, int(number)))


def _allowed(visit: Visit, kind: str, level: str, show: Callable[[], Response]) -> Response:
    """Show a page to whoever has the right to it."""
    return show() if visit.may(_RIGHTS[kind], level) else visit.site.forbidden()
