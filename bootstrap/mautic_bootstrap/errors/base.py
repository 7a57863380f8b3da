"""What every error of this project is made of."""

from pathlib import Path
from typing import Any, ClassVar


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

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it be copied and sent to another process, which needs no argument of it again."""
        return _rebuilt, (type(self), self.args, self.__dict__)

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


def _rebuilt(
    kind: type[BootstrapError], args: tuple[Any, ...], state: dict[str, Any]
) -> BootstrapError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error
