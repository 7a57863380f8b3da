"""Stage 6: only calls made with what stands on disk make a run a success."""

from dataclasses import dataclass

from mautic_bootstrap.api.credentials import Credentials, OAuth2Credentials, from_env_values
from mautic_bootstrap.api.responses import total
from mautic_bootstrap.api.session import ApiSession
from mautic_bootstrap.env.credentials import read_values
from mautic_bootstrap.errors import EnvFileError
from mautic_bootstrap.run import Run, StageResult, State

# Versions this project's own tests were run against, live.
VERIFIED_LIVE = ("5.1.0", "7.0.0")
SLOW_HANDSHAKE_S = 2.0
# Path below /api and the plural that its answer bears besides `total` (segments are "lists"; live 5.1.0, 7.0.0).
_LISTS = ("contacts", "campaigns", "emails", "segments")


@dataclass(frozen=True)
class Proof:
    """One call and what it answered."""

    call: str
    answer: str


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
    values = read_values(run.env_path)
    credentials = from_env_values(values)
    if credentials is None or not values.get("MAUTIC_API_URL"):
        raise EnvFileError(
            f"prove the credentials in {run.env_path}",
            expected="MAUTIC_API_URL and one whole set of credentials",
            seen=f"only {', '.join(sorted(values)) or 'none of our variables'}",
            hint="Run the whole playbook: it completes the file.",
        )
    proofs, warnings = _prove(run, state, credentials, values["MAUTIC_API_URL"])
    state.finished("verify")
    table = summary(run, state, credentials, proofs)
    return StageResult(
        state, message="every call was answered", warnings=warnings, facts={"summary": table}
    )


def _prove(
    run: Run, state: State, credentials: Credentials, url: str
) -> tuple[list[Proof], list[str]]:
    proofs, warnings = [], []
    with ApiSession(
        url,
        credentials,
        user_agent=run.variables.app_user_agent,
        ca_bundle=run.variables.mautic_ca_bundle,
        redactor=run.redactor,
    ) as session:
        seconds = session.authenticate()
        if isinstance(credentials, OAuth2Credentials):
            proofs.append(Proof("token", f"answered in {seconds:.2f} s"))
            if seconds > SLOW_HANDSHAKE_S:
                warnings.append(
                    f"the token took {seconds:.1f} s; more than {SLOW_HANDSHAKE_S:.0f} s is slow"
                )
        for name in _LISTS:
            path = f"/api/{name}"
            body = session.get_object(path, {"limit": 1})
            count = total(body, attempted=f"GET {path} on {url}")
            proofs.append(Proof(f"GET {path}", f"200, {count} in all"))
        _user, state.facts["mautic_version"] = session.whoami()
        # 5.x has no v2 (404); 7.0.0 to 7.1.2 refuse client_credentials tokens there (401): told, never fatal.
        status = session.get("/api/v2/contacts").status_code
        usable = "usable" if status == 200 else "not usable with these credentials"
        proofs.append(Proof("GET /api/v2/contacts", f"{status}, {usable} (not required)"))
    return proofs, warnings


def summary(run: Run, state: State, credentials: Credentials, proofs: list[Proof]) -> list[str]:
    """Return the closing table, one line each, no secret in it."""
    version = state.facts.get("mautic_version") or "unknown"
    tested = "verified live" if version in VERIFIED_LIVE else "not among the versions verified live"
    if state.rehearsal:
        tested = "imitated by the stand-in"
    rows = [("Mautic", f"{run.variables.mautic_url}, version {version} ({tested})")]
    if isinstance(credentials, OAuth2Credentials):
        name = state.facts.get("client_name", run.variables.mautic_client_name)
        rows.append(("OAuth2 client", f"{name}, id {credentials.client_id}"))
    rows.append(("Credentials", f"{run.env_path} ({run.variables.app_env_auth})"))
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
