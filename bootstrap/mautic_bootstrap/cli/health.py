"""`mautic-bootstrap health`: whether Mautic can be used, for scripts and for people."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from mautic_bootstrap.cli.exit_codes import ExitCode
from mautic_bootstrap.health.readiness import Readiness
from mautic_bootstrap.health.report import Report
from mautic_bootstrap.health.settings import HealthSettings
from mautic_bootstrap.redaction import Redactor

# A script waits for an answer that is sure, an orchestrator for one that is quick.
_BOUND_S = 60.0

_WORDS = {True: "yes", False: "no", None: "-"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = (
        "Check whether Mautic can be used, spending as few API calls as /health/ready does. Exits with 0 if it"
        " can be used, 1 if not, 2 if the settings are wrong, 3 if Mautic does not answer."
    )
    parser.add_argument("--json", action="store_true", help="print what /health/ready answers")
    parser.add_argument(
        "--env-file", type=Path, metavar="PATH", help="by default .env, where there is one"
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace, redactor: Redactor) -> ExitCode:
    del redactor
    settings = HealthSettings.from_env(arguments.env_file)
    report = asyncio.run(_report(settings))
    text = json.dumps(report.as_json(), indent=2) if arguments.json else _text(report)
    sys.stdout.write(f"{text}\n")
    if report.ready:
        return ExitCode.FINE
    return ExitCode.UNREACHABLE if report.unanswered or report.late else ExitCode.NOT_FINE


async def _report(settings: HealthSettings) -> Report:
    readiness = Readiness(settings.mautic)
    try:
        return await readiness.report(bound_s=_BOUND_S)
    finally:
        await readiness.aclose()


def _text(report: Report) -> str:
    rows = []
    for name, check in report.checks.items():
        age_s = check.as_json(report.now)["age_seconds"]
        age = "" if age_s is None else f"{age_s:.0f} s ago"
        said = check.facts.get("version") or check.reason
        rows.append(f"{name.replace('_', ' '):15} {_WORDS[check.ok]:4} {age:>11}  {said}")
    left = "?" if report.health_calls_left is None else report.health_calls_left
    rows.append(f"{'health calls':32}  {left} of {report.health_calls} are left in this hour")
    verdict = "Ready." if report.ready else f"Not ready: {report.reason}"
    return "\n".join([*rows, "", verdict])
