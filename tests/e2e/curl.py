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


def new_contact(env: Mapping[str, str], email: str) -> int:
    """Make a contact and return its id."""
    headers = f'header = "Authorization: Bearer {token(env)}"'
    url = f"{env['MAUTIC_API_URL']}/api/contacts/new"
    answer = _curl("--config", "-", "--data", urlencode({"email": email}), url, stdin=headers)
    return int(answer["contact"]["id"])


def _curl(*arguments: str, stdin: str) -> dict[str, Any]:
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--fail-with-body", "--max-time", "30", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"curl ended with {done.returncode}: {done.stderr} {done.stdout}"
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
