"""Stage 6: only calls made with what stands on disk make a run a success."""

from collections.abc import Mapping

from mautic_bootstrap import naming
from mautic_bootstrap.api.client import MauticClient
from mautic_bootstrap.api.credentials import (
    BasicCredentials,
    Credentials,
    OAuth2Credentials,
    StaticToken,
    from_env_values,
)
from mautic_bootstrap.api.models import Role, User
from mautic_bootstrap.api.retries import Retries
from mautic_bootstrap.api.tokens import SLOW_HANDSHAKE_S
from mautic_bootstrap.errors import ApiError, EnvFileError, UnreachableError
from mautic_bootstrap.rights import words
from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.stages import proofs as proofs_of
from mautic_bootstrap.stages import rights
from mautic_bootstrap.stages.observe import note_client
from mautic_bootstrap.stages.proofs import Proof
from mautic_bootstrap.urls import is_loopback, normalise_base_url

# Versions this project's own tests were run against, live.
VERIFIED_LIVE = ("5.1.0", "7.0.0")
# The `Server` header of the rehearsal (`rehearsal/listener.py`).
_STAND_IN = "Rehearsal"

_KINDS = {OAuth2Credentials: "oauth2", BasicCredentials: "basic", StaticToken: "token"}


def run(run: Run, state: State) -> StageResult:
    """Prove the credentials on disk by a token and four lists, and report a probe of API v2.

    Raises:
        EnvFileError: `.env` holds no whole set of credentials.
        ApiError, UnreachableError: A call failed.
    """
    planned = bool(state.timeline) and not state.settled
    if run.check and planned:
        return StageResult(state, message="nothing to prove before a real run")
    if not state.timeline:
        state.finished("start")
    values = run.sink.read()
    credentials = from_env_values(values)
    url = _url(run, values)
    if credentials is None or not url:
        raise EnvFileError(
            f"prove the credentials in {run.sink.where}",
            expected="MAUTIC_API_URL and one whole set of credentials",
            seen=f"only {', '.join(sorted(values)) or 'none of our variables'}",
            hint="Run the whole playbook: it completes the file.",
        )
    proofs, warnings = _prove(run, state, credentials, url)
    state.finished("verify")
    table = summary(run, state, url, credentials, proofs)
    return StageResult(
        state, message="every call was answered", warnings=warnings, facts={"summary": table}
    )


def _url(run: Run, values: Mapping[str, str]) -> str:
    """Return the base URL that `.env` names; an empty text where it names none.

    Raises:
        EnvFileError: It is no URL that a client can call, or one that the secrets would travel to in clear.
    """
    written = values.get("MAUTIC_API_URL", "")
    attempted = f"prove the credentials in {run.sink.where}"
    try:
        url = normalise_base_url(written) if written else ""
    except ValueError as exc:
        raise EnvFileError(
            attempted,
            expected="the URL of a Mautic in MAUTIC_API_URL",
            seen=f"one that {exc}",
            hint="Run the whole playbook: it writes the URL that mautic_url names.",
        ) from None
    meant = run.variables.mautic_allow_insecure_http or (
        values.get("MAUTIC_ENVIRONMENT") == "development"
    )
    if url.startswith("http://") and not is_loopback(url) and not meant:
        raise EnvFileError(
            attempted,
            expected="an https:// URL in MAUTIC_API_URL, or one of this machine",
            seen=f"{url}, to which the secrets would travel in clear",
            hint="Name its https:// address in mautic_url and run the whole playbook, or set"
            " mautic_allow_insecure_http=true.",
        )
    return url


def _prove(
    run: Run, state: State, credentials: Credentials, url: str
) -> tuple[list[Proof], list[str]]:
    proofs, warnings = [], []
    with run.api_client(credentials, url=url, retries=Retries()) as client:
        seconds = client.authenticate()
        if isinstance(credentials, OAuth2Credentials):
            proofs.append(Proof("token", f"answered in {seconds:.2f} s"))
            if seconds > SLOW_HANDSHAKE_S:
                warnings.append(
                    f"the token took {seconds:.1f} s; more than {SLOW_HANDSHAKE_S:.0f} s is slow"
                )
        user = client.users.self()
        name = note_client(user, state) or user.username
        told, warning = _rights(run, client, user, name)
        proofs += told
        warnings += [warning] if warning else []
        state.facts["mautic_version"] = client.server.mautic_version
        state.facts["stand_in"] = "yes" if client.server.software == _STAND_IN else ""
        proofs.append(_probe_v2(client))
    return proofs, warnings


def _rights(run: Run, client: MauticClient, user: User, name: str) -> tuple[list[Proof], str]:
    """Prove the rights that were asked for; of what stays although it has others, prove those it has.

    Raises:
        RightsNotProvenError: The role is ours and does not have just those rights.
    """
    variables = run.variables
    asked = variables.asked_permissions
    verdict = rights.judge(user, name, variables)
    if asked is None or (verdict.warning and not verdict.ours):
        role = user.role or Role(id=0)
        held = None if role.is_admin else role.permissions or {}
        row = Proof("Rights", "an administrator's" if held is None else words(held) or "none")
        return [row, *proofs_of.lists(client, held)], verdict.warning
    return [Proof("Rights", words(asked)), *proofs_of.whole(client, user, asked)], ""


def _probe_v2(client: MauticClient) -> Proof:
    """Try API v2: 5.x has none (404), 7.0.0 to 7.1.2 refuse client_credentials tokens there (401); never fatal."""
    status: int | None = None
    try:
        status = client.request("GET", "/api/v2/contacts").status_code
    except ApiError as exc:
        status = exc.status
    except UnreachableError:
        pass
    if status is None:
        answer = "no answer"
    else:
        answer = f"{status}, {'usable' if status == 200 else 'not usable with these credentials'}"
    return Proof("GET /api/v2/contacts", f"{answer} (not required)")


def summary(
    run: Run, state: State, url: str, credentials: Credentials, proofs: list[Proof]
) -> list[str]:
    """Return the closing table, one line each, no secret in it."""
    version = state.facts.get("mautic_version") or "unknown"
    tested = "verified live" if version in VERIFIED_LIVE else "not among the versions verified live"
    if state.rehearsal or state.facts.get("stand_in"):
        tested = "imitated by the stand-in"
    rows = [("Mautic", f"{url}, version {version} ({tested})")]
    if isinstance(credentials, OAuth2Credentials):
        name = state.facts.get("client_name", "of unknown name")
        if naming.read(name, run.variables.mautic_client_name):
            name = (
                run.variables.mautic_client_name
            )  # what a rotation calls it is over by the end of it
        rows.append(("OAuth2 client", f"{name}, id {credentials.client_id}"))
    rows.append(("Credentials", f"{run.sink.where} ({_KINDS[type(credentials)]})"))
    rows += [(proof.call, proof.answer) for proof in proofs]
    rows.append(("Time", _stage_times(state)))
    width = max(len(label) for label, _ in rows)
    lines = [f"{label:<{width}}  {text}" for label, text in rows]
    if state.rehearsal:
        lines.append("REHEARSAL: no .env was written")
    return lines


def _stage_times(state: State) -> str:
    steps = zip(state.timeline, state.timeline[1:], strict=False)
    spans = [f"{name} {ended - began:.1f} s" for (_, began), (name, ended) in steps]
    whole = state.timeline[-1][1] - state.timeline[0][1]
    return ", ".join([*spans, f"all {whole:.1f} s"])
