"""What the last API call showed, kept for all processes of a user: a second one need not spend another."""

import json
import logging
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError

from mautic_bootstrap import atomic_file, state_dir
from mautic_bootstrap.api.file_lock import Lock, try_local_lock, try_lock
from mautic_bootstrap.errors import EnvFileError

_FOLDER = "health"
_log = logging.getLogger("mautic_bootstrap.health")

# After a failure the next call comes this soon, then in ever longer steps: what passes is seen to pass, and an
# allowance of a few calls is not gone within minutes.
_FIRST_RETRY_S = 60.0
_STEP = 4
_MOST_STEPS = 8


class LastCall(BaseModel):
    """What an API call showed."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    ok: bool
    at: FiniteFloat
    """Seconds since the epoch."""
    reason: str
    """Without a secret."""
    mautic_version: str = ""
    """Empty where the answer did not name it."""
    credentials_refused: bool = False
    failures: int = 0
    """In a row, this one included."""

    def is_due_again(self, per_hour: int) -> bool:
        """Say whether it is time for the next one, where `per_hour` calls may be made in any hour.

        One of them is kept for looking again after a failure.
        """
        after_s = 3600 / max(1, per_hour - 1)
        if not self.ok:
            steps = min(max(self.failures, 1) - 1, _MOST_STEPS)
            after_s = min(after_s, _FIRST_RETRY_S * _STEP**steps)
        # One of the future is none: the clock was set back.
        return not 0 <= time.time() - self.at < after_s


class Kept:
    """The file that holds the last call; no trouble with it is ever fatal, it only costs a call.

    Args:
        key: Whose call: a hash of the instance and the client, never a secret.
    """

    def __init__(self, key: str) -> None:
        try:
            self._path: Path | None = state_dir.location() / _FOLDER / f"{key}.json"
        except EnvFileError:
            self._path = None  # no home: every process is on its own
        self._key = key
        self._warned = False

    def load(self) -> LastCall | None:
        """Return what is kept; None where nothing is, or nothing that can be trusted."""
        if self._path is None:
            return None
        try:
            state_dir.ensure(self._path.parent)
            return LastCall.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (EnvFileError, OSError, ValidationError) as exc:
            self._warn(exc)
            return None

    def save(self, call: LastCall) -> None:
        """Keep it.

        Side effects:
            Replaces the file, 0600, entirely or not at all; makes the folder, 0700.
        """
        if self._path is None:
            return
        try:
            state_dir.ensure(self._path.parent)
            atomic_file.replace(self._path, json.dumps(call.model_dump()).encode())
        except EnvFileError as exc:
            self._warn(exc)

    def try_lock(self) -> Lock | None:
        """Take the right to make the next call, without waiting; None if another process has it."""
        if self._path is None:
            return try_local_lock(Path(self._key))
        path = self._path.with_suffix(".lock")
        try:
            state_dir.ensure(path.parent)
        except EnvFileError:
            return try_local_lock(path)
        return try_lock(path)

    def _warn(self, error: Exception) -> None:
        """Log it; once is enough."""
        if not self._warned:
            self._warned = True
            why = "holds something else" if isinstance(error, ValidationError) else error
            _log.warning("%s is not used, each process asks for itself: %s", self._path, why)
