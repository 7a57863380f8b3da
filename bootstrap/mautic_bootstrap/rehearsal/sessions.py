"""Browser sessions: who is logged in, what was asked for before, which messages are waiting."""

import hashlib
import secrets
from dataclasses import dataclass, field


@dataclass
class Listing:
    """Where a browser was in one of Mautic's lists."""

    page: int = 1
    """0 where the list was opened without a number."""

    search: str = ""
    limit: int = 30


@dataclass
class Session:
    """One browser."""

    user_id: int | None = None
    identity: str = ""
    """Name and password hash of the user who logged in: a change of either by another ends the session."""

    target: str | None = None
    """Absolute URL asked for before logging in."""

    last_username: str = ""
    must_reset_password: bool = False
    lists: dict[str, Listing] = field(default_factory=dict)
    """The lists that were opened, by kind ("role", "user", "client")."""

    flashes: list[tuple[str, bool]] = field(default_factory=list)
    """Waiting messages as HTML, and whether each is an error."""

    _tokens: dict[str, str] = field(default_factory=dict)

    def listing(self, kind: str) -> Listing:
        """Return where the browser was in a list."""
        return self.lists.setdefault(kind, Listing())

    def token(self, intent: str) -> str:
        """Return the CSRF token of one form."""
        return self._tokens.setdefault(intent, secrets.token_urlsafe(32))

    def take_flashes(self) -> list[tuple[str, bool]]:
        """Return the waiting messages and forget them."""
        taken, self.flashes = self.flashes, []
        return taken


class Sessions:
    """All sessions of one web server, in memory."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    def find(self, session_id: str | None) -> Session | None:
        """Return the session of a cookie's value."""
        return self._sessions.get(session_id or "")

    def start(self, session: Session | None = None) -> tuple[str, Session]:
        """Keep a session under a fresh id; without one, a new session."""
        session = session or Session()
        for session_id in [i for i, known in self._sessions.items() if known is session]:
            del self._sessions[session_id]
        session_id = secrets.token_hex(16)
        self._sessions[session_id] = session
        return session_id, session

    def id_of(self, session: Session) -> str | None:
        """Return the id a session is kept under; None where it has ended."""
        return next((i for i, known in self._sessions.items() if known is session), None)

    def end(self, session: Session) -> None:
        """Forget a session."""
        self._sessions = {i: known for i, known in self._sessions.items() if known is not session}


def cookie_name(secret_key: str) -> str:
    """Return the session cookie's name, which changes with every installation as Mautic's does."""
    return hashlib.sha256(f"rehearsal:{secret_key}".encode()).hexdigest()[:32]
