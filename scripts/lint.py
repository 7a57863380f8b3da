"""Runs every check that reads the project without running it; ends with 1 if any complains."""

import sys

from commands import ROOT, Command, Outcome, run_all

_TYPED = ("bootstrap", "roles", "playbooks", "scripts", "bench", "tests")


def checks() -> list[Command]:
    """Return the checks; the two slow ones run side by side, the quick ones beside the first."""
    playbooks = [*sorted(ROOT.glob("*.yml")), *sorted(ROOT.glob("playbooks/*.yml"))]
    typed = [folder for folder in _TYPED if any((ROOT / folder).rglob("*.py"))]
    scripts = [*sorted(ROOT.glob("scripts/*.sh")), ROOT / ".ci/run"]
    return [
        Command("ruff check", ["ruff", "check", "--quiet", "."], track="python"),
        Command("ruff format", ["ruff", "format", "--quiet", "--diff", "."], track="python"),
        Command("mypy", ["mypy", *typed], track="python"),
        Command("shellcheck", ["shellcheck", *map(str, scripts)], track="python"),
        Command("codespell", ["codespell"], track="python"),
        Command("yamllint", ["yamllint", "--strict", "."], track="playbooks"),
        Command(
            "syntax-check",
            ["ansible-playbook", "--syntax-check", *map(str, playbooks)],
            track="playbooks",
        ),
        Command("ansible-lint", ["ansible-lint", "-q", "--nocolor"], track="playbooks"),
    ]


def report(outcome: Outcome) -> None:
    """Print one line, and the output of a check that failed."""
    print(f"{outcome.name:14} {outcome.verdict}  {outcome.seconds:5.1f} s", flush=True)
    if outcome.failed:
        print(outcome.output, flush=True)


if __name__ == "__main__":
    sys.exit(any(outcome.failed for outcome in run_all(checks(), report)))
