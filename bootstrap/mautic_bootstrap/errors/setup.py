"""What goes wrong between nothing and a proven `.env`."""

from mautic_bootstrap.errors.base import BootstrapError


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


class RunLockedError(BootstrapError):
    """Another run on this machine is at the same Mautic, and did not end in time."""

    code = 14


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


class SessionEndedError(UiError):
    """Mautic asks to log in again in the middle of the work."""

    code = 25


class CredentialsError(BootstrapError):
    """The OAuth2 client cannot be made or read."""

    code = 30


class AmbiguousClientError(CredentialsError):
    """More than one client carries the name."""

    code = 31


class SecretUnreadableError(CredentialsError):
    """The client exists, its secret cannot be read."""

    code = 32


class NotOursError(CredentialsError):
    """A role or user of our name does not carry our mark, or somebody else depends on it; it stays as it is."""

    code = 34


class BroaderThanAskedError(CredentialsError):
    """A client is there that may do more than was asked for; it is not written anywhere."""

    code = 35


class RightsNotProvenError(CredentialsError):
    """Real calls, or the role's own page, say something else about the rights than was asked for."""

    code = 36


class RotationError(CredentialsError):
    """What was to be revoked is still there, or still works."""

    code = 37


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
