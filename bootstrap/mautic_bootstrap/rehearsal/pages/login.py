"""Logging in and out.

Source: live 5.1.0 and 7.0.0 (redirects, cookies, refusals). Throttling as in `app/config/security.php` from
7.1.0: three failures per user name within 30 minutes, then even the right password is refused.
"""

from mautic_bootstrap.rehearsal.http import Request, Response, redirect
from mautic_bootstrap.rehearsal.model import people
from mautic_bootstrap.rehearsal.pages.site import Site
from mautic_bootstrap.rehearsal.sessions import Session, Sessions

_FAILURES_ALLOWED = 3
_TOKEN = "authenticate"  # noqa: S105  # the name of a form, not a secret


def login_page(site: Site, session: Session) -> Response:
    """Show the login form, or the form to reset a weak password after a try with one."""
    if session.must_reset_password:
        session.must_reset_password = False  # shown once, then the login form is back
        return reset_page(site, session)
    return site.page(
        "login.html.j2",
        "Mautic",
        session,
        username=session.last_username,
        token=session.token(_TOKEN),
    )


def reset_page(site: Site, session: Session) -> Response:
    """Show the form that asks for a new password by e-mail."""
    token = session.token("passwordreset")
    return site.page("reset.html.j2", "Mautic", session, token=token)


def check_login(site: Site, request: Request, session: Session, sessions: Sessions) -> Response:
    """Judge a login: back to the form with a message, or on to the page asked for before."""
    form = dict(request.form)
    session.last_username = form.get("_username", "")
    refusal = _refusal(site, session, form)
    if refusal:
        session.must_reset_password = refusal == "weak_password"
        minutes = {"minutes": 30} if refusal == "throttled" else {}
        # 5.1.0 has no text for a bad token: the message is there, and empty.
        text = "" if refusal == "bad_login_token" else site.texts(refusal, **minutes)
        session.flashes.append((text, True))
        return redirect("/s/login")
    user = people.find_user(site.database, session.last_username)
    if user is None:  # only if it was deleted between the two looks
        return redirect("/s/login")
    people.note_login(site.database, user["id"])
    session.user_id = user["id"]
    session.identity = people.identity(user)
    sessions.start(session)  # a fresh id for a session that gained rights
    return redirect(session.target or "/s/dashboard")


def log_out(request: Request, session: Session, sessions: Sessions) -> Response:
    """End the session."""
    sessions.end(session)
    return redirect(f"{request.base_url}/s/login")


def _refusal(site: Site, session: Session, form: dict[str, str]) -> str:
    """Return the key of the text that says why, or an empty text for a good login."""
    name, password = form.get("_username", ""), form.get("_password", "")
    failures = site.flags.failed_logins
    bucket = name.lower()
    if site.flags.throttling and failures.get(bucket, 0) >= _FAILURES_ALLOWED:
        return "throttled"
    if site.version.login_checks_token and form.get("_csrf_token") != session.token(_TOKEN):
        return "bad_login_token"
    user = people.find_user(site.database, name)
    weak = people.too_weak(password)
    if user is not None and weak and site.version.judges_strength_first:
        return "weak_password"
    if user is None or not people.matches(password, user["password"]):
        failures[bucket] = failures.get(bucket, 0) + 1
        return "invalid_login"
    if not user["is_published"]:
        named = site.flags.names_disabled_accounts
        return "disabled_account" if named else "invalid_login"
    return "weak_password" if weak else ""
