"""The credentials in `.env` used as a person would: with curl; no secret on its command line."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode


def token(env: Mapping[str, str]) -> str:
    """Fetch a token with an OAuth2 client."""
    form = {
        "grant_type": "client_credentials",
        "client_id": env["MAUTIC_CLIENT_ID"],
        "client_secret": env["MAUTIC_CLIENT_SECRET"],
    }
    url = f"{env['MAUTIC_API_URL']}/oauth/v2/token"
    return str(_curl("--data", "@-", url, stdin=urlencode(form))["access_token"])


def get(env: Mapping[str, str], path: str, bearer: str) -> dict[str, Any]:
    """Fetch a JSON object with a token."""
    return _curl(
        "--header", "@-", f"{env['MAUTIC_API_URL']}{path}", stdin=f"Authorization: Bearer {bearer}"
    )


def get_basic(env: Mapping[str, str], path: str) -> dict[str, Any]:
    """Fetch a JSON object with a user's name and password."""
    login = f'user = "{env["MAUTIC_USERNAME"]}:{env["MAUTIC_PASSWORD"]}"'
    return _curl("--config", "-", f"{env['MAUTIC_API_URL']}{path}", stdin=login)


def status_basic(env: Mapping[str, str], path: str) -> int:
    """Return the status that a user's name and password get."""
    config = [f'user = "{env["MAUTIC_USERNAME"]}:{env["MAUTIC_PASSWORD"]}"']
    config.append(f"url = {env['MAUTIC_API_URL']}{path}")
    only_status = ("--output", "/dev/null", "--write-out", "%{http_code}")
    return int(_text(*only_status, "--config", "-", stdin="\n".join(config)))


def new_contact(env: Mapping[str, str], email: str) -> int:
    """Make a contact and return its id."""
    headers = f'header = "Authorization: Bearer {token(env)}"'
    url = f"{env['MAUTIC_API_URL']}/api/contacts/new"
    answer = _curl("--config", "-", "--data", urlencode({"email": email}), url, stdin=headers)
    return int(answer["contact"]["id"])


def call(
    env: Mapping[str, str], method: str, path: str, bearer: str, body: object = None
) -> tuple[int, Any]:
    """Make any call with a token; return its status, and the answer's JSON, None where it is none."""
    config = [f'header = "Authorization: Bearer {bearer}"', f"url = {env['MAUTIC_API_URL']}{path}"]
    arguments = ["--request", method, "--write-out", "\n%{http_code}", "--config", "-"]
    if body is not None:
        config.append('header = "Content-Type: application/json"')
        arguments += ["--data", json.dumps(body)]
    text, _, status = _text(*arguments, stdin="\n".join(config)).rpartition("\n")
    try:
        return int(status), json.loads(text)
    except json.JSONDecodeError:
        return int(status), None


def refused_token(env: Mapping[str, str]) -> int:
    """Ask for a token that must not be given; return the status of the refusal."""
    form = {"grant_type": "client_credentials", "client_id": env["MAUTIC_CLIENT_ID"]}
    form["client_secret"] = env["MAUTIC_CLIENT_SECRET"]
    url = f"{env['MAUTIC_API_URL']}/oauth/v2/token"
    status = ["--output", "/dev/null", "--write-out", "%{http_code}"]
    return int(_text(*status, "--data", "@-", url, stdin=urlencode(form)))


def _curl(*arguments: str, stdin: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(_text("--fail-with-body", *arguments, stdin=stdin))
    return answer


def _text(*arguments: str, stdin: str) -> str:
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--max-time", "30", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"curl ended with {done.returncode}: {done.stderr} {done.stdout}"
    return done.stdout
