"""Stage 5: the credentials in the application's `.env`, or where `app_secret_sink` says."""

from dataclasses import replace

from mautic_bootstrap.env import cache_key
from mautic_bootstrap.env.credentials import CACHE_KEY
from mautic_bootstrap.errors import EnvFileError
from mautic_bootstrap.kept_client import KeptClient
from mautic_bootstrap.kept_user import KeptUser
from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.urls import is_loopback
from mautic_bootstrap.variables import DEFAULT_USER_AGENT

# Stands in the plan for what only the admin UI will tell.
_NOT_YET = "made-by-the-run"

_NAMES = {
    "oauth2": ("MAUTIC_CLIENT_ID", "MAUTIC_CLIENT_SECRET"),
    "basic": ("MAUTIC_USERNAME", "MAUTIC_PASSWORD"),
    "token": ("MAUTIC_API_TOKEN",),
}


def run(run: Run, state: State) -> StageResult:
    """Write the credentials, if that changes anything.

    Side effects:
        Writes `.env` (0600); forgets the client handed over in `.secrets` unless it renews a token. Neither in
        check mode.

    Raises:
        EnvFileError: The file cannot be written safely, or an earlier stage did not hand over what to write.
    """
    values = _public(run) | _credentials(run, state) | _cache_key(run)
    if run.check:
        update = run.sink.plan(values)
    else:
        update = run.sink.write(values)
        _let_go(run)
    secrets_tightened = not run.check and run.secrets.tighten()
    verb = "would be" if run.check else "was"
    message = f"{run.sink.where} {verb} " + ("written" if update.changed else "left as it is")
    warnings = [
        f"{path} could be read by other users; it {verb} tightened to 0600"
        for path in update.tightened
    ]
    warnings += update.warnings
    if secrets_tightened:
        warnings.append(f"{run.secrets.path} could be read by other users; it was tightened")
    return StageResult(
        state,
        changed=update.changed or bool(update.tightened) or secrets_tightened,
        before=update.before,
        after=update.after,
        message=message,
        warnings=warnings,
    )


def _public(run: Run) -> dict[str, str]:
    """Return what is no secret; the last two only where they differ from their defaults."""
    variables = run.variables
    values = {"MAUTIC_API_URL": variables.mautic_url}
    if variables.app_user_agent != DEFAULT_USER_AGENT:
        values["MAUTIC_USER_AGENT"] = variables.app_user_agent
    if variables.mautic_url.startswith("http://") and not is_loopback(variables.mautic_url):
        # Production, the default, accepts clear text to loopback only.
        values["MAUTIC_ENVIRONMENT"] = "development"
    return values


def _credentials(run: Run, state: State) -> dict[str, str]:
    """Return the credentials to write: handed over just now, else those that stand there already."""
    names = _NAMES[run.variables.app_env_auth]
    written = run.sink.read()
    url = run.variables.mautic_url
    # One Mautic's secrets are never written beside another one's URL: the application would send them there.
    known: dict[str, str | None] = dict.fromkeys(names)
    if written.get("MAUTIC_API_URL") == url:
        known = {name: written.get(name) for name in names}
    kept = KeptClient.load(run.secrets)
    if kept is not None and not kept.is_for(*run.variables.asked_client):
        kept = None
    if not state.settled:
        if run.check:
            known = _planned(run, state, written)
        elif run.variables.app_env_auth == "basic":
            known = _user(run) or known
        elif kept is not None and run.variables.app_env_auth == "token":
            known["MAUTIC_API_TOKEN"] = kept.token or known["MAUTIC_API_TOKEN"]
        elif kept is not None:
            known = {"MAUTIC_CLIENT_ID": kept.client_id, "MAUTIC_CLIENT_SECRET": kept.secret}
    missing = [name for name, value in known.items() if not value]
    if missing:
        raise EnvFileError(
            f"write {run.sink.where}",
            expected=f"{', '.join(missing)} from the stage before",
            seen="nothing handed over",
            hint="Run the whole playbook, or the tag mautic_api_access first.",
        )
    return {name: value for name, value in known.items() if value}


def _cache_key(run: Run) -> dict[str, str]:
    """Return the token cache's keys with a new one, where that is asked for; else the key stays as it is."""
    if "cache_key" not in run.variables.mautic_rotate:
        return {}
    keys = _NOT_YET if run.check else cache_key.renewed(run.sink.read().get(CACHE_KEY, ""))
    return {CACHE_KEY: keys}


def _user(run: Run) -> dict[str, str | None] | None:
    """Return the user an application is by HTTP basic auth; None where the one it has goes on working."""
    if run.variables.asked_permissions is None:
        username, password = run.variables.mautic_admin_username, run.admin_password()
        return {"MAUTIC_USERNAME": username, "MAUTIC_PASSWORD": password}
    kept = KeptUser.load(run.secrets)
    asked = (run.variables.mautic_url, run.variables.api_username)
    if kept is None or (kept.base_url, kept.username) != asked:
        return None
    return {"MAUTIC_USERNAME": kept.username, "MAUTIC_PASSWORD": kept.password}


def _planned(run: Run, state: State, written: dict[str, str]) -> dict[str, str | None]:
    """Return what the run would write, as far as can be known without making it."""
    auth = run.variables.app_env_auth
    names = _NAMES[auth]
    as_written: dict[str, str | None] = {name: written.get(name) for name in names}
    not_to_be_seen = state.installed is None and not state.containers_current
    if (auth == "oauth2" and state.client_in_env) or (not_to_be_seen and all(as_written.values())):
        return as_written
    if auth == "basic" and run.variables.asked_permissions is None:
        return {name: value or _NOT_YET for name, value in (_user(run) or {}).items()}
    if auth == "basic":
        username = run.variables.api_username
        if state.user_in_env:
            return as_written
        return {"MAUTIC_USERNAME": username, "MAUTIC_PASSWORD": _NOT_YET}
    known: dict[str, str | None] = dict.fromkeys(names, _NOT_YET)
    if "MAUTIC_CLIENT_ID" in known:
        known["MAUTIC_CLIENT_ID"] = state.facts.get("client_id", _NOT_YET)
    return known


def _let_go(run: Run) -> None:
    """Keep no second copy of what `.env` now holds."""
    KeptUser.forget(run.secrets)
    kept = KeptClient.load(run.secrets)
    if kept is None:
        return
    if run.variables.app_env_auth != "token":
        KeptClient.forget(run.secrets)
    elif kept.token:
        replace(kept, token="").save(run.secrets)
