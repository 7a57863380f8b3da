"""No core dumps of processes that hold secrets, nor of those they start."""

import resource


def forbid() -> None:
    """Let the system write no core dump of this process, nor of any that it starts from now on.

    A machine that pipes core dumps to a program (`kernel.core_pattern` with a `|`) leaves it to that program to
    heed this; systemd-coredump and apport do.
    """
    _soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
