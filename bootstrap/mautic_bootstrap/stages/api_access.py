"""Stage 4: the API switched on and an OAuth2 client, through the admin UI, only where something is missing."""

from pydantic import SecretStr

from mautic_bootstrap.admin.reconcile import Outcome, reconcile
from mautic_bootstrap.api.credentials import StaticToken
from mautic_bootstrap.errors import BootstrapError
from mautic_bootstrap.kept_client import KeptClient
from mautic_bootstrap.kept_user import KeptUser
from mautic_bootstrap.rights import words
from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.stages import admin_password, observe, rights
from mautic_bootstrap.stages.client_calls import ClientCalls
from mautic_bootstrap.stages.wish import wish_of


def run(run: Run, state: State) -> StageResult:
    """Bring the API and the client about, and keep the client for the next stage.

    Side effects:
        Changes Mautic through its admin UI; writes `.secrets/<instance>/client.json`. Neither in check mode.

    Raises:
        UiError, CredentialsError: From the admin UI.
        SecretLostError: The generated admin password is gone.
        ApiError: The kept client is refused when it asks for a token.
    """
    result = (_not_to_be_seen(run, state) if run.check else None) or _known(run, state)
    if result is not None:
        return result
    admin_password.finish_interrupted(run)
    wish = wish_of(run)
    outcome = reconcile(
        wish, ClientCalls(run), check=run.check, redactor=run.redactor, progress=run.progress
    )
    return _report(run, state, outcome)


def _not_to_be_seen(run: Run, state: State) -> StageResult | None:
    """Return the result where check mode cannot look into the admin UI, for want of what it would have to change."""
    if state.installed is False:
        return _planned(run, state)
    if state.installed is None and not state.containers_current:
        return StageResult(state, message="the containers would show it once they run")
    if admin_password.was_interrupted(run):
        return StageResult(state, message="which admin password counts, a real run finds out")
    return None


def _known(run: Run, state: State) -> StageResult | None:
    """Return the result where nothing has to be looked at in the admin UI."""
    by_hand = _made_by_hand(run)
    if by_hand is not None:
        message = "the client was made by hand"
        return _keep(run, state, by_hand, StageResult(state, message=message))
    if "client" in run.variables.mautic_rotate:
        return None
    # Before the containers ran, `.env` could not be put to the test.
    if not state.containers_current and observe.credentials_hold(run, state):
        state.settled = True
        return StageResult(state, message=f"Mautic accepts what {run.sink.where} holds")
    if admin_password.was_interrupted(run):
        return None
    if run.variables.app_env_auth == "token" and (kept := _renewed(run)) is not None:
        message = "the kept client renews the token"
        return _keep(run, state, kept, StageResult(state, message=message))
    return None


def _planned(run: Run, state: State) -> StageResult:
    """Return what a run would do in a Mautic that is not installed yet."""
    wished = ["API: on"]
    if run.variables.wants_basic_auth:
        wished.append("HTTP basic auth: on")
    if run.variables.app_env_auth != "basic":
        wished.append(f"OAuth2 client {run.variables.mautic_client_name!r}: created")
    if run.variables.asked_permissions is not None:
        wished.append(f"rights: {words(run.variables.asked_permissions)}")
    return StageResult(
        state,
        changed=True,
        before="API: not looked at, nothing is installed yet",
        after="\n".join(wished),
        message=f"would be: {'; '.join(wished)}",
    )


def _made_by_hand(run: Run) -> KeptClient | None:
    variables = run.variables
    if variables.mautic_client_id is None or variables.mautic_client_secret is None:
        return None
    return KeptClient(
        variables.mautic_url,
        variables.mautic_client_name,
        variables.mautic_client_id,
        variables.mautic_client_secret.get_secret_value(),
        variables.asked_rights,
    )


def _report(run: Run, state: State, outcome: Outcome) -> StageResult:
    result = StageResult(
        state,
        changed=bool(outcome.changes),
        before="\n".join(f"{c.what}: {c.before}" for c in outcome.changes),
        after="\n".join(f"{c.what}: {c.after}" for c in outcome.changes),
        message="; ".join(f"{c.what}: {c.before} -> {c.after}" for c in outcome.changes)
        or "the admin UI shows everything as wanted",
        warnings=[*outcome.warnings, *_also_changed(run, state, outcome)],
    )
    state.facts["mautic_version"] = outcome.mautic_version
    state.unfinished, state.replaces = outcome.unfinished, outcome.replaces
    state.user_in_env = outcome.user_stays
    if outcome.user is not None:
        password = outcome.user.password.get_secret_value()
        KeptUser(run.variables.mautic_url, outcome.user.username, password).save(run.secrets)
    if outcome.client is None:
        return result
    state.facts |= {
        "client_name": run.variables.mautic_client_name,
        "client_number": str(outcome.client.number),
    }
    client = KeptClient(
        run.variables.mautic_url,
        run.variables.mautic_client_name,
        outcome.client.client_id,
        outcome.client.secret.get_secret_value(),
        run.variables.asked_rights,
    )
    return _keep(run, state, client, result)


def _also_changed(run: Run, state: State, outcome: Outcome) -> list[str]:
    """Return what else a save of the configuration page changed; a mere note where nobody can mind."""
    if not outcome.also_changed:
        return []
    many = f"Saving the configuration page, Mautic changed {len(outcome.also_changed)} more values by itself"
    if state.fresh:
        run.progress.note(f"{many}: {', '.join(c.what for c in outcome.also_changed)}")
        return []
    return [
        "\n".join(
            [f"{many}:", *(f"  {c.what}: {c.before} -> {c.after}" for c in outcome.also_changed)]
        )
    ]


def _keep(run: Run, state: State, client: KeptClient, result: StageResult) -> StageResult:
    """Hand the client to the next stage, with a fresh token where the application gets only that."""
    run.redactor.add(client.secret)
    state.facts |= {"client_name": client.name, "client_id": client.client_id}
    written = run.sink.read()
    state.client_in_env = (client.client_id, client.secret) == (
        written.get("MAUTIC_CLIENT_ID"),
        written.get("MAUTIC_CLIENT_SECRET"),
    )
    if run.check:
        return result
    if run.variables.app_env_auth == "token" and not client.token:
        with run.api_client(client.credentials) as api:
            client = client.with_token(*api.request_token())
    client.save(run.secrets)
    return result


def _renewed(run: Run) -> KeptClient | None:
    """Return the kept client with a new token, if it is the one asked for and nothing needs a browser."""
    variables = run.variables
    kept = KeptClient.load(run.secrets)
    if kept is None or not kept.is_for(*variables.asked_client):
        return None
    wanted = variables.wants_basic_auth
    try:
        if wanted is not None and observe.basic_auth_is_on(run) != wanted:
            return None
        with run.api_client(kept.credentials) as api:
            renewed = kept.with_token(*api.request_token())
        with run.api_client(StaticToken(SecretStr(renewed.token))) as api:
            verdict = rights.judge(api.users.self(), kept.name, variables)
    except BootstrapError:
        return None
    return renewed if verdict.settled else None
