"""One call to Mautic, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Priority = Literal["interactive", "background"]

TOKEN_PATH = "/oauth/v2/token"  # noqa: S105  # no secret

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked of Mautic, and what may be done about it."""

    method: str
    path: str
    """Below the base URL, with its leading slash."""
    params: Mapping[str, str | int] = field(default_factory=dict)
    """The query; never a secret, Mautic's 404 echoes it."""
    json: Any = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    """The secret of a token call is in it, and what prints local variables shall not show it."""
    harmless_twice: bool | None = None
    """Whether Mautic may be asked again after it may have acted; None: as the method says, GET is."""
    authenticated: bool = True
    priority: Priority | None = None
    """None: the client's."""
    timeout_s: float | None = None
    """Seconds for each wait; None: the client's."""
    max_wait_s: float | None = None
    """Seconds to wait for the hourly budget at most; None: the client's."""
    attempted: str = ""
    """For errors; empty: method and path."""
    expected: str = "HTTP 200"
    """For errors."""

    def __post_init__(self) -> None:
        """Refuse a path that is none.

        Raises:
            ValueError: It could name another host, which would get the token; or it holds a query, which may be
                logged only where `params` may.
        """
        if not self.path.startswith("/") or set(self.path) & set("?#"):
            raise ValueError(
                'the path begins with "/" and ends before "?"; the query belongs in params'
            )
        if {".", ".."} & set(self.path.split("/")):
            raise ValueError('the path has no "." or ".." between its slashes')

    @property
    def may_be_repeated(self) -> bool:
        """Whether asking twice does no more than asking once."""
        return self.method in _SAFE_METHODS if self.harmless_twice is None else self.harmless_twice

    @property
    def counts(self) -> bool:
        """Whether it takes from the hourly budget: everything does but a token."""
        return self.path != TOKEN_PATH
