"""Stage 4: the API switched on and an OAuth2 client, through the admin UI, only where something is missing."""

from pydantic import SecretStr

from mautic_bootstrap.admin.reconcile import Outcome, Wish, reconcile
from mautic_bootstrap.errors import BootstrapError, SecretLostError
from mautic_bootstrap.kept_client import KeptClient
from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.stages import observe


def run(run: Run, state: State) -> StageResult:
    """Bring the API and the client about, and keep the client for the next stage.

    Side effects:
        Changes Mautic through its admin UI; writes `.secrets/<instance>/client.json`. Neither in check mode.

    Raises:
        UiError, CredentialsError: From the admin UI.
        SecretLostError: The generated admin password is gone.
        ApiError: The kept client is refused when it asks for a token.
    """
    if run.check and state.installed is False:
        return _planned(run, state)
    if run.check and state.installed is None and not state.containers_current:
        return StageResult(state, message="the containers would show it once they run")
    # Before the containers ran, `.env` could not be put to the test.
    if not state.containers_current and observe.credentials_hold(run, state):
        state.settled = True
        return StageResult(state, message=f"Mautic accepts what {run.sink.where} holds")
    by_hand = _made_by_hand(run)
    if by_hand is not None:
        message = "the client was made by hand"
        return _keep(run, state, by_hand, StageResult(state, message=message))
    if run.variables.app_env_auth == "token" and (kept := _renewed(run)) is not None:
        message = "the kept client renews the token"
        return _keep(run, state, kept, StageResult(state, message=message))
    outcome = reconcile(_wish(run), check=run.check, redactor=run.redactor, progress=run.progress)
    return _report(run, state, outcome)


def _planned(run: Run, state: State) -> StageResult:
    """Return what a run would do in a Mautic that is not installed yet."""
    wished = ["API: on"]
    if run.variables.wants_basic_auth:
        wished.append("HTTP basic auth: on")
    if run.variables.app_env_auth != "basic":
        wished.append(f"OAuth2 client {run.variables.mautic_client_name!r}: created")
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
    )


def _wish(run: Run) -> Wish:
    variables = run.variables
    password = run.admin_password()
    if password is None:
        raise SecretLostError(
            f"log in to {variables.mautic_url} as {variables.mautic_admin_username}",
            expected=f"the password in mautic_admin_password or in {run.secrets.path}",
            seen="neither, although Mautic is installed already",
            hint="Set mautic_admin_password, or restore the file admin_password from a backup; a forgotten one"
            " can be reset in Mautic by e-mail or by another admin.",
        )
    return Wish(
        base_url=variables.mautic_url,
        username=variables.mautic_admin_username,
        password=SecretStr(password),
        basic_auth=variables.wants_basic_auth,
        client_name=None if variables.app_env_auth == "basic" else variables.mautic_client_name,
        redirect_uri=variables.mautic_client_redirect_uri,
        ca_bundle=variables.mautic_ca_bundle,
        evidence_dir=run.evidence_dir,
    )


def _report(run: Run, state: State, outcome: Outcome) -> StageResult:
    result = StageResult(
        state,
        changed=bool(outcome.changes),
        before="\n".join(f"{c.what}: {c.before}" for c in outcome.changes),
        after="\n".join(f"{c.what}: {c.after}" for c in outcome.changes),
        message="; ".join(f"{c.what}: {c.before} -> {c.after}" for c in outcome.changes)
        or "the admin UI shows everything as wanted",
        warnings=_also_changed(run, state, outcome),
    )
    state.facts["mautic_version"] = outcome.mautic_version
    if outcome.client is None:
        return result
    state.facts |= {
        "client_name": outcome.client.name,
        "client_number": str(outcome.client.number),
    }
    client = KeptClient(
        run.variables.mautic_url,
        outcome.client.name,
        outcome.client.client_id,
        outcome.client.secret.get_secret_value(),
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
    if kept is None or not kept.is_for(variables.mautic_url, variables.mautic_client_name):
        return None
    wanted = variables.wants_basic_auth
    try:
        if wanted is not None and observe.basic_auth_is_on(run) != wanted:
            return None
        with run.api_client(kept.credentials) as api:
            return kept.with_token(*api.request_token())
    except BootstrapError:
        return None
