"""The project's errors: one tree, one way to word them.

    BootstrapError                     1  never raised itself
    ├── SettingsError                  2  a variable is wrong; raised before anything is touched
    ├── UnreachableError              10  the base URL did not answer
    ├── NotInstalledError             11  Mautic answers with its installer
    ├── ContainerError                12  engine, image, port or container trouble
    │   └── RegistryUnreachableError      no registry answers at all: the one case the rehearsal is for
    ├── InstallError                  13  `mautic:install` did not end installed
    ├── UiError                       20  the admin UI
    │   ├── LoginRejectedError        21  wrong, weak or disabled; or throttled
    │   ├── UnexpectedPageError       22  another page than expected
    │   ├── SaveNotConfirmedError     23  saved, but it did not read back
    │   └── BrowserMissingError       24  no Chromium to drive
    ├── CredentialsError              30  the OAuth2 client
    │   ├── AmbiguousClientError      31  more than one client of that name
    │   ├── SecretUnreadableError     32  the client is there, its secret cannot be read
    │   └── SecretLostError           33  a secret this project generated is no longer in `.secrets`
    ├── EnvFileError                  40  the `.env` file
    │   ├── UnsafeValueError          41  a value no quoting carries to every reader
    │   └── InsecurePathError         42  somebody else could read or replace the file
    └── ApiError                      50  a call to Mautic's API
        ├── AuthenticationError       51  token endpoint or API said no
        │   └── TokenExpiredError         a static token is past its life
        ├── ApiDisabledError          52  the API is switched off
        ├── ForbiddenError            53  the token is good, the right is missing
        ├── NotFoundError, ValidationError, RateLimitedError, ServerError
        └── RequestTimeoutError, UnexpectedResponseError

The numbers are the codes shown in results and in the README's troubleshooting table.
"""

from pathlib import Path
from typing import ClassVar


class BootstrapError(Exception):
    """Base of every error this project raises on purpose; never raised itself.

    One sentence says what was tried, what was expected and what was seen, a second one how to go on.
    None of the texts may hold a secret: whoever raises quotes only what it has redacted.

    Args:
        attempted: What was tried, on what: "log in to http://localhost:8080 as admin".
        expected: What success would have looked like.
        seen: What was there instead.
        hint: One thing to do about it.
        waited_s: Seconds spent waiting, where waiting was part of it.
        evidence: A file to look at (screenshot, log), if one was kept.
        log_tail: The last log lines of what failed, already redacted.
    """

    code: ClassVar[int] = 1

    def __init__(
        self,
        attempted: str,
        *,
        expected: str,
        seen: str,
        hint: str,
        waited_s: float | None = None,
        evidence: Path | None = None,
        log_tail: str = "",
    ) -> None:
        self.attempted = attempted
        self.expected = expected
        self.seen = seen
        self.hint = hint
        self.waited_s = waited_s
        self.evidence = evidence
        self.log_tail = log_tail
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """Return the error as one line: attempt, expectation, observation, hint."""
        after = f" after {self.waited_s:.0f} s" if self.waited_s is not None else ""
        text = f"{self.attempted}: expected {self.expected}, saw {self.seen}{after}."
        return f"{text} {self.hint}"

    def details(self) -> dict[str, object]:
        """Return what a person needs beside the sentence, as fields of a result."""
        fields: dict[str, object] = {"code": self.code, "error": type(self).__name__}
        if self.evidence is not None:
            fields["evidence"] = str(self.evidence)
        if self.log_tail:
            fields["log"] = self.log_tail.splitlines()
        return fields

    def diagnostics(self) -> str:
        """Return everything a person needs, on several lines, the code first."""
        lines = [f"[{self.code}] {type(self).__name__}: {self.sentence()}"]
        if self.evidence is not None:
            lines.append(f"Evidence: {self.evidence}")
        if self.log_tail:
            lines.append("Last log lines:")
            lines.extend(f"  {line}" for line in self.log_tail.splitlines())
        return "\n".join(lines)


class SettingsError(BootstrapError):
    """One or more variables are wrong; raised before anything is touched.

    Args:
        problems: One sentence each, naming the variable, what was seen and what is allowed.
        touched: What had been touched by then, where it shows only late; usually nothing.
    """

    code = 2

    def __init__(self, problems: list[str], *, touched: str = "") -> None:
        self.problems = problems
        many = f"{len(problems)} problems" if len(problems) > 1 else "one problem"
        super().__init__(
            "check the variables",
            expected="settings this run can work with",
            seen=many,
            hint=f"Nothing but {touched} was touched." if touched else "Nothing was touched.",
        )

    def sentence(self) -> str:
        """Return every problem, one line each where there are several."""
        return "\n".join([*self.problems, self.hint])


class UnreachableError(BootstrapError):
    """The base URL did not answer."""

    code = 10


class NotInstalledError(BootstrapError):
    """Mautic answers with its installer."""

    code = 11


class ContainerError(BootstrapError):
    """The engine, an image, a port or a container is in trouble; `log_tail` has its last lines."""

    code = 12


class RegistryUnreachableError(ContainerError):
    """An image is missing and no registry answers at all."""


class InstallError(BootstrapError):
    """`mautic:install` did not leave an installed Mautic, or would have destroyed data."""

    code = 13


class UiError(BootstrapError):
    """The admin UI did something this project does not understand."""

    code = 20


class LoginRejectedError(UiError):
    """Mautic refused the admin's login; never tried twice."""

    code = 21


class UnexpectedPageError(UiError):
    """Another page was served than the one asked for."""

    code = 22


class SaveNotConfirmedError(UiError):
    """A form was saved, but the state did not read back."""

    code = 23


class BrowserMissingError(UiError):
    """No Chromium can be started here; `guide` says how to do the same by hand.

    Args:
        guide: Numbered steps for a person in the admin UI.
    """

    code = 24

    def __init__(self, *, attempted: str, seen: str, hint: str, guide: str) -> None:
        self.guide = guide
        super().__init__(
            attempted, expected="a Chromium that starts", seen=seen, hint=hint, log_tail=""
        )

    def details(self) -> dict[str, object]:
        """Return the fields of the error, and the guide."""
        return super().details() | {"guide": self.guide.splitlines()}

    def diagnostics(self) -> str:
        """Return the error and the guide."""
        return f"{super().diagnostics()}\n{self.guide}"


class CredentialsError(BootstrapError):
    """The OAuth2 client cannot be made or read."""

    code = 30


class AmbiguousClientError(CredentialsError):
    """More than one client carries the name."""

    code = 31


class SecretUnreadableError(CredentialsError):
    """The client exists, its secret cannot be read."""

    code = 32


class SecretLostError(CredentialsError):
    """A secret that this project generated is not in `.secrets` any more."""

    code = 33


class EnvFileError(BootstrapError):
    """The `.env` file cannot be read or written as it must be."""

    code = 40


class UnsafeValueError(EnvFileError):
    """A value that no quoting carries unchanged to every reader; the value itself is not shown."""

    code = 41


class InsecurePathError(EnvFileError):
    """Another user could read the file or put something else in its place."""

    code = 42


class ApiError(BootstrapError):
    """A call to Mautic's API failed.

    Args:
        status: HTTP status; None where no answer came.
        mautic_type: Mautic's own `type` of the error, such as `api_disabled`.
        mautic_message: Mautic's own message, redacted.
    """

    code = 50

    def __init__(
        self,
        attempted: str,
        *,
        expected: str,
        seen: str,
        hint: str,
        status: int | None = None,
        mautic_type: str = "",
        mautic_message: str = "",
        waited_s: float | None = None,
    ) -> None:
        self.status = status
        self.mautic_type = mautic_type
        self.mautic_message = mautic_message
        super().__init__(attempted, expected=expected, seen=seen, hint=hint, waited_s=waited_s)


class AuthenticationError(ApiError):
    """The token endpoint or the API refused the credentials."""

    code = 51


class TokenExpiredError(AuthenticationError):
    """A static token is past its life and cannot renew itself."""


class ApiDisabledError(ApiError):
    """The API is switched off in Mautic's configuration."""

    code = 52


class ForbiddenError(ApiError):
    """The credentials are good, the right is missing."""

    code = 53


class NotFoundError(ApiError):
    """Mautic has no such item or path."""


class ValidationError(ApiError):
    """Mautic refused the values sent."""


class RateLimitedError(ApiError):
    """Mautic, or something before it, asks to slow down."""


class ServerError(ApiError):
    """Mautic answered with a 5xx."""


class RequestTimeoutError(ApiError):
    """No answer came in time."""


class UnexpectedResponseError(ApiError):
    """An answer that is none of Mautic's known shapes."""
