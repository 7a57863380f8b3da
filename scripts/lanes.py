"""Runs the lanes of `make test` and sums them up; ends with 1 if anything failed.

A lane that cannot run here (no Docker engine, no Chromium, no image) says why and is listed in the summary, so
that what was not looked at is as visible as what was.
"""

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

from commands import LOGS, ROOT, Command, Counts, Outcome, run_all
from mautic_bootstrap.admin.browser import find_chromium
from mautic_bootstrap.errors import BootstrapError

# The images that the end-to-end tests run against besides the rehearsal, each with the database.
MAUTIC_IMAGES = ("mautic/mautic:5-apache", "mautic/mautic:7-apache")
DATABASE_IMAGE = "mariadb:10.11"

_MINUTE_S = 60


def no_engine() -> str:
    """Say why no container can be started here."""
    return "" if _docker("version") else "no Docker engine answers (make setup)"


def no_chromium() -> str:
    """Say why no browser can be started here."""
    try:
        find_chromium(os.environ)
    except BootstrapError as exc:
        return f"no Chromium: {exc.seen}"
    return ""


def no_image(image: str) -> str:
    """Say why nothing can run against a real Mautic of this image."""
    missing = [name for name in (image, DATABASE_IMAGE) if not _docker("image", "inspect", name)]
    return no_engine() or (f"{' and '.join(missing)} not on this machine" if missing else "")


def lanes(*, long: bool) -> list[Command]:
    """Return the lanes in the order of the summary.

    The lanes that share the Docker engine follow one another, and the others run beside them.
    """
    python = sys.executable

    def tests(name: str, track: str, obstacle: Callable[[], str] = lambda: "") -> Command:
        junit = LOGS / f"{name}.xml"
        marks = [] if long else ["-m", "not long"]
        return Command(
            name,
            [python, "-m", "pytest", f"tests/{name}", "-ra", "-q", f"--junitxml={junit}", *marks],
            track=track,
            limit_s=(240 if long else 40) * _MINUTE_S,
            junit=junit,
            obstacle=obstacle,
        )

    return [
        Command("lint", [python, "scripts/lint.py"], track="host"),
        tests("unit", "host"),
        tests("contract", "host"),
        tests("browser", "host", no_chromium),
        tests("container", "docker", no_engine),
        tests("e2e", "docker", lambda: no_engine() or no_chromium()),
    ]


def summary(outcomes: Sequence[Outcome]) -> str:
    """Return the table of all lanes and, alone on the last line, the sums over their tests."""
    width = max(len(outcome.name) for outcome in outcomes)
    lines = [_row(outcome, width) for outcome in outcomes]
    total = sum((o.counts for o in outcomes if o.counts is not None), Counts())
    return "\n".join([*lines, "", str(total)])


def main(arguments: Sequence[str]) -> int:
    """Run the lanes named, all by default; return the exit code."""
    every = [lane.name for lane in lanes(long=False)]
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", choices=every, help="a lane; may be repeated")
    parser.add_argument("--long", action="store_true", help="with the tests marked long")
    options = parser.parse_args(arguments)
    chosen = [lane for lane in lanes(long=options.long) if lane.name in (options.only or every)]
    # A shell's background job ignores it, and so would its children; a lane out of time is ended by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    printing = threading.Lock()

    def ended(outcome: Outcome) -> None:
        with printing:
            print(f"\n=== {_row(outcome, len(outcome.name))}\n{outcome.output}", flush=True)

    print(f"Lanes: {', '.join(lane.name for lane in chosen)}; logs in {LOGS.relative_to(ROOT)}")
    outcomes = run_all(chosen, ended)
    absent = _real_images_not_run() if "e2e" in (lane.name for lane in chosen) else []
    print(f"\n{summary([*outcomes, *absent])}")
    return int(any(outcome.failed for outcome in outcomes))


def _real_images_not_run() -> list[Outcome]:
    reasons = {image: no_image(image) for image in MAUTIC_IMAGES}
    return [Outcome(f"e2e {image}", not_run=why) for image, why in reasons.items() if why]


def _row(outcome: Outcome, width: int) -> str:
    if outcome.not_run:
        return f"{outcome.name:{width}}  {outcome.verdict}"
    counts = "" if outcome.counts is None else f"  {outcome.counts}"
    return f"{outcome.name:{width}}  {outcome.verdict}  {outcome.seconds:6.1f} s{counts}"


def _docker(*arguments: str) -> bool:
    try:
        done = subprocess.run(["docker", *arguments], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("Interrupted.")
