"""Two machines that bootstrap one Mautic at once: the later one takes the client that the earlier one makes."""

import time

from mautic_bootstrap.admin import clients
from mautic_bootstrap.admin.model import Calls, OAuth2Client, Wish
from mautic_bootstrap.admin.session import AdminSession
from mautic_bootstrap.errors import BootstrapError, CredentialsError

# The earlier run needs some ten seconds from its role to a client whose rights are proven; here with much to spare.
_PATIENCE_S = 120.0
_POLL_S = 2.0


def wait_for_theirs(session: AdminSession, wish: Wish, calls: Calls) -> OAuth2Client:
    """Return the client that the other run makes, once it may do just what was asked for.

    Raises:
        CredentialsError: It does not come in good time.
    """
    until = time.monotonic() + _PATIENCE_S
    seen = "no such client"
    while time.monotonic() < until:
        client = clients.find(session, wish.client_name, wish.in_use).current
        if client is not None:
            try:
                if wish.permissions is not None:
                    calls.prove(client, wish.permissions)
            except BootstrapError as exc:
                seen = f"one whose rights are not as asked for yet: {exc.seen}"
            else:
                return client
        # Nothing tells when another machine is done.
        time.sleep(_POLL_S)
    raise CredentialsError(
        session.attempted,
        expected=f"the OAuth2 client {wish.client_name} that another run began to make before this one",
        seen=seen,
        hint="If no other run is at work on this Mautic, run again: what it left is finished then.",
        waited_s=_PATIENCE_S,
    )
