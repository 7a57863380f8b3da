"""What every command's exit code means."""

from enum import IntEnum

from mautic_bootstrap.errors import (
    BootstrapError,
    EnvFileError,
    RequestTimeoutError,
    SettingsError,
    UnreachableError,
)


class ExitCode(IntEnum):
    """The exit codes of all commands."""

    FINE = 0
    NOT_FINE = 1
    """The command's own no: a check that failed, an error of Mautic's."""
    BAD_INPUT = 2
    """Arguments, settings or a file that the command cannot work with."""
    UNREACHABLE = 3
    """Mautic did not answer."""
    INTERRUPTED = 130
    """Ctrl-C, as shells have it: 128 and the signal's number."""


def exit_code_of(error: BootstrapError) -> ExitCode:
    """Return the exit code of a command that an error ended."""
    if isinstance(error, SettingsError | EnvFileError):
        return ExitCode.BAD_INPUT
    if isinstance(error, UnreachableError | RequestTimeoutError):
        return ExitCode.UNREACHABLE
    return ExitCode.NOT_FINE
