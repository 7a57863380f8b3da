"""The cheap look at everything, before anything: one `docker inspect`, one token, one call.

If the containers run as wanted and Mautic accepts what `.env` holds, nothing else has to be looked at.
"""

import queue
import re
import socket
import threading
from dataclasses import asdict
from typing import TypeGuard

from pydantic import SecretStr

from mautic_bootstrap.api.credentials import (
    BasicCredentials,
    Credentials,
    OAuth2Credentials,
    StaticToken,
    from_env_values,
)
from mautic_bootstrap.api.models import User
from mautic_bootstrap.containers.snapshot import Snapshot
from mautic_bootstrap.containers.topology import (
    BACKGROUND_ROLES,
    LABEL_PHONE_HOME,
    Fingerprints,
    differences,
)
from mautic_bootstrap.errors import (
    AuthenticationError,
    BootstrapError,
    ForbiddenError,
    UnexpectedResponseError,
)
from mautic_bootstrap.kept_client import KeptClient
from mautic_bootstrap.run import Run, State
from mautic_bootstrap.stages import proofs, rights

# Where Mautic itself calls: update checks, language packs, its marketplace. Without DNS each hangs 10 s.
# Source: `CoreBundle/Helper/{UpdateHelper,LanguageHelper}.php`, `MarketplaceBundle/Service/*` (5.1.0, 7.0.0).
PHONE_HOME_HOSTS = (
    "updates.mautic.org",
    "language-packs.mautic.com",
    "api.github.com",
    "packagist.org",
    "repo.packagist.org",
)
_DNS_PATIENCE_S = 2.0
# "<client name> [<numeric id>]": the pseudo user of a client_credentials call (live 5.1.0, 7.0.0).
_PSEUDO_USER = re.compile(r"(?P<name>.*) \[(?P<id>\d+)\]")


def containers(run: Run, state: State) -> Snapshot:
    """Look at containers and images, and note in `state` what would have to change.

    Returns:
        What the engine has. `state` gets `differences`, `missing_images`, `fingerprints` and
        `phone_home_blocked`.

    Raises:
        ContainerError: The engine cannot be reached.
    """
    variables, topology = run.variables, run.topology
    images = [variables.mautic_image, variables.mautic_db_image]
    every_name = [*topology.containers, *topology.unwanted]
    snapshot = run.engine.inspect(every_name, images, [topology.network])
    state.phone_home_blocked = _phone_home_blocked(run, snapshot)
    wanted = Fingerprints.of(
        variables, _image_ids(run, snapshot), phone_home_blocked=state.phone_home_blocked
    )
    state.fingerprints = asdict(wanted)
    state.differences = differences(topology, snapshot, wanted)
    # Containers go on without the name of their image; it is needed only where one is to be made.
    absent = [name for name in images if name not in snapshot.images]
    state.missing_images = absent if state.differences else []
    return snapshot


def credentials_hold(run: Run, state: State) -> bool:
    """Say whether `.env` holds what is wanted and Mautic accepts it; a token and a call or two.

    Only the way asked for by `app_env_auth` counts, for the Mautic and the client that are asked for. `state`
    gets the client's name and id and Mautic's version as facts.
    """
    variables = run.variables
    try:
        values = run.sink.read()
    except BootstrapError:
        return False  # stage 5 says what is wrong with the file
    credentials = from_env_values(values)
    if values.get("MAUTIC_API_URL") != variables.mautic_url or not _are_as_asked(credentials, run):
        return False
    try:
        with run.api_client(credentials) as client:
            user = client.users.self()
            state.facts["mautic_version"] = client.server.mautic_version
            # A role whose last box a person has unticked goes on naming its old rights.
            proofs.lists(client, variables.asked_permissions, at_most=1)
        basic = None if variables.wants_basic_auth is None else basic_auth_is_on(run)
    except BootstrapError:
        return False
    name = note_client(user, state)
    as_named = isinstance(credentials, BasicCredentials) or (
        name is not None
        and (bool(variables.mautic_client_id) or name == variables.mautic_client_name)
    )
    settled = rights.judge(user, name or user.username, variables).settled
    return as_named and settled and basic == variables.wants_basic_auth


def basic_auth_is_on(run: Run) -> bool:
    """Say whether HTTP basic auth is on, by offering a user that does not exist.

    Mautic answers 403 "Basic Auth disabled" while it is off and 401 while it is on (live 5.1.0, 7.0.0); API
    logins are not counted by the login throttling of 7.1 and later (live 7.1.2).

    Raises:
        ApiError: Any other answer, that of a switched-off API included.
        UnreachableError: No answer came.
    """
    nobody = BasicCredentials("mautic-bootstrap-probe", SecretStr("nobody"))
    try:
        with run.api_client(nobody) as client:
            client.request("GET", "/api/users/self")
    except AuthenticationError:
        return True
    except ForbiddenError:
        return False
    raise UnexpectedResponseError(
        f"ask {run.variables.mautic_url} whether HTTP basic auth is on",
        expected="HTTP 401 or 403",
        seen="a user that does not exist let in",
        hint="Is there a proxy between here and Mautic that answers instead?",
    )


def note_client(user: User, state: State) -> str | None:
    """Note the client that a pseudo user stands for; return its name, None for any other user."""
    pseudo = _PSEUDO_USER.fullmatch(user.username)
    if pseudo is None:
        return None
    state.facts |= {"client_name": pseudo["name"], "client_number": pseudo["id"]}
    return pseudo["name"]


def _are_as_asked(credentials: Credentials | None, run: Run) -> TypeGuard[Credentials]:
    """Say whether credentials are of the kind, client or user that the variables ask for."""
    variables = run.variables
    match credentials:
        case OAuth2Credentials():
            by_hand = variables.mautic_client_id
            return variables.app_env_auth == "oauth2" and by_hand in {None, credentials.client_id}
        case BasicCredentials():
            by_name = credentials.username == variables.api_username
            return variables.app_env_auth == "basic" and by_name
        case StaticToken():
            kept = KeptClient.load(run.secrets)
            fresh = kept is not None and kept.holds_fresh_token(credentials.token)
            return variables.app_env_auth == "token" and fresh
        case None:
            return False


def _image_ids(run: Run, snapshot: Snapshot) -> dict[str, str]:
    """Return the ids of images by name; of one that lost its name, what our containers were made of."""
    made = [
        snapshot.containers[name]
        for name in (run.topology.database, run.topology.web)
        if name in snapshot.containers
    ]
    used = {container.image: container.image_id for container in made}
    return used | snapshot.images


def _phone_home_blocked(run: Run, snapshot: Snapshot) -> bool:
    """Decide whether Mautic's outbound names lead nowhere; once decided, the containers remember it."""
    wanted = run.variables.mautic_block_phone_home
    if wanted != "auto":
        return wanted
    for name in (run.topology.web, *(f"{run.topology.instance}-{r}" for r in BACKGROUND_ROLES)):
        if name in snapshot.containers:
            return snapshot.containers[name].labels.get(LABEL_PHONE_HOME) == "blocked"
    return not _resolves(PHONE_HOME_HOSTS[0])


def _resolves(host: str) -> bool:
    """Say whether a name resolves in good time; a resolver without a network hangs for many seconds."""
    answers: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def ask() -> None:
        try:
            socket.getaddrinfo(host, 443)
        except OSError:
            answers.put(False)
        else:
            answers.put(True)

    threading.Thread(target=ask, daemon=True).start()
    try:
        return answers.get(timeout=_DNS_PATIENCE_S)
    except queue.Empty:
        return False
