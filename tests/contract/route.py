"""The whole walk, from nothing to nothing left to ask."""

import re
import time

from contract.targets import ADMIN_EMAIL, Target
from contract.walk import Caller, Seen, Visitor
from contract.walk_locks import deletions, many_roles, two_admins, users_by_another
from contract.walk_pages import (
    delete_client,
    first_client,
    log_in_and_enable_api,
    log_out,
    many_clients,
    switch_basic_off,
)
from contract.walk_rest import (
    Client,
    after_deletion,
    basic_off,
    bearer,
    before_enabling,
    rest,
    token_endpoint,
)
from contract.walk_scoped import client_of_limited_user, scoped_client

_DATE = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]")
_SETTLE_S = 30.0


def walk_through(target: Target) -> Seen:
    """Walk through an instance and return what it answered."""
    seen = Seen()
    with Caller(target, seen) as caller, Visitor(target, seen) as visitor:
        if target.console is not None:
            _install(target, seen, caller)
        _walk(target, seen, caller, visitor)
    seen.version = str(seen.pages["dashboard"]["version"]).removeprefix("v")
    return seen


def _walk(target: Target, seen: Seen, caller: Caller, visitor: Visitor) -> None:
    """Take every step after the installation, in the order of the recordings."""
    before_enabling(caller)
    log_in_and_enable_api(visitor, target, seen)
    client = Client.on_page(first_client(visitor))
    token = token_endpoint(caller, client)
    rest(caller, target, token)
    scoped = scoped_client(target, seen, caller, visitor, token)
    two_admins(target, seen, visitor, scoped.role_id, scoped.user_id)
    users_by_another(target, seen, visitor, scoped.user_id)
    many_roles(visitor, caller, bearer(token))
    delete_client(visitor)
    after_deletion(caller, client, token)
    switch_basic_off(visitor)
    basic_off(caller, target, client)
    client_of_limited_user(target, seen, caller)
    many_clients(visitor)
    deletions(visitor, scoped.role_id, scoped.user_id, scoped.client_id)
    log_out(visitor)


def _install(target: Target, seen: Seen, caller: Caller) -> None:
    """Everything before the installation, then the installation itself."""
    for label, path in {
        "not installed: root": "/",
        "not installed: login": "/s/login",
        "not installed: REST": "/api/contacts",
        "not installed: the installer's first address": "/index.php/installer",
        "not installed: installer": "/installer",
    }.items():
        caller.call(label, "GET", path)
    url = "http://localhost"
    admin = [f"--admin_email={ADMIN_EMAIL}", f"--admin_password={target.password}"]
    force = ["--force", "--no-interaction"]
    for label, arguments in {
        "version": ["--version"],
        "unknown command": ["mautic:nonsense"],
        "install: no URL": ["mautic:install"],
        "install: unknown option": ["mautic:install", url, "--nonsense=1"],
        "install: http, nobody to ask": ["mautic:install", url, "--no-interaction", *admin],
        "install: no admin": ["mautic:install", url, *force],
        "install: bad e-mail": ["mautic:install", url, *force, "--admin_email=x", admin[1]],
        "install: short": ["mautic:install", url, *force, admin[0], "--admin_password=short"],
        "install": ["mautic:install", url, *force, "--db_backup_tables=true", *admin],
        "install: again": ["mautic:install", url, *force, *admin],
    }.items():
        _run(target, seen, label, arguments)
    deadline = time.monotonic() + _SETTLE_S
    while caller.call(None, "GET", "/s/login").is_redirect and time.monotonic() < deadline:
        time.sleep(0.2)


def _run(target: Target, seen: Seen, label: str, arguments: list[str]) -> None:
    assert target.console is not None
    result = target.console(arguments)
    seen.console[label] = {
        "exit_code": result.exit_code,
        "out": _lines(result.out),
        "err": _lines(result.err)[:1],  # Symfony's usage lines follow
    }


def _lines(text: str) -> list[str]:
    """Return the lines that say something, dates replaced."""
    lines = (_DATE.sub("[<time>]", line).strip() for line in text.splitlines())
    return [line for line in lines if line.strip("[]<>time ")]
