"""The bare floor under a cold run: the same Mautic by the shortest way there is, timed step by step.

`docker` on the command line makes the containers, `docker exec` installs, and plain HTTP form posts do what the
playbook does in a browser. Nothing is checked beforehand, nothing is adopted, nothing is kept, and no word is
said on the way: it is what the machine and Mautic themselves need, so a ratio to it is what this project adds.

Run by `run.py`; alone it wants a network and leaves its containers and volumes for its caller to remove.
Prints one JSON object: step name to seconds.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser

import httpx

from mautic_bootstrap.containers.engine import exec_argv
from mautic_bootstrap.install.console import program

_PATIENCE_S = 300.0
_POLL_S = 0.1
# The image's own volumes and where they belong (docker-mautic, 5 to 7), as in the role.
_VOLUMES = {
    "config": "/var/www/html/config",
    "logs": "/var/www/html/var/logs",
    "media-files": "/var/www/html/docroot/media/files",
    "media-images": "/var/www/html/docroot/media/images",
}


class Form(HTMLParser):
    """What a browser without JavaScript would send of the form of one name, but for its buttons.

    Source: Mautic's forms `login`, `config` and `client`; live 5.1.0, 7.0.0. The values of a multi-select
    stand in `data-order`, its options come from a script.
    """

    def __init__(self, html: str, name: str) -> None:
        """Read the form out of a page."""
        super().__init__()
        self.action = ""
        self.fields: dict[str, list[str]] = {}
        self.by_id: dict[str, str] = {}
        self._name = name
        self._inside = False
        self._select: dict[str, str | None] = {}
        self._first: str | None = None
        self._textarea: str | None = None
        self.feed(html)
        if not self.action:
            sys.exit(f"no form {name} where one was expected")

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Take a control's value."""
        has = dict(attributes)
        if tag == "form":
            self._inside = has.get("name") == self._name
            self.action = has.get("action") or "" if self._inside else self.action
        elif self._inside and tag == "input":
            self._input(has)
        elif self._inside and tag == "textarea":
            self._textarea = has.get("name")
            self.fields[self._textarea or ""] = [""]
        elif self._inside and tag == "select":
            self._select, self._first = has, None
            order = json.loads(has.get("data-order") or "[]") if "multiple" in has else []
            self.fields[has.get("name") or ""] = [str(item) for item in order]
        elif self._inside and tag == "option" and self._select:
            value = has.get("value") or ""
            self._first = value if self._first is None else self._first
            name = self._select.get("name") or ""
            if "selected" in has and value not in self.fields[name]:
                self.fields[name].append(value)

    def handle_endtag(self, tag: str) -> None:
        """Close what was open; a select of one value has its first one where none is selected."""
        if tag == "form":
            self._inside = False
        elif tag == "textarea":
            self._textarea = None
        elif tag == "select" and self._select:
            name = self._select.get("name") or ""
            if "multiple" not in self._select and not self.fields[name] and self._first is not None:
                self.fields[name] = [self._first]
            self._select = {}

    def handle_data(self, data: str) -> None:
        """Take a textarea's text."""
        if self._textarea is not None:
            self.fields[self._textarea][0] += data

    def _input(self, has: dict[str, str | None]) -> None:
        kind, name, value = has.get("type") or "text", has.get("name"), has.get("value") or ""
        self.by_id[has.get("id") or ""] = value
        unsent = kind in {"submit", "button", "reset", "file", "image"} or "disabled" in has
        if name is None or unsent or (kind in {"checkbox", "radio"} and "checked" not in has):
            return
        self.fields.setdefault(name, []).append(value)

    def filled(self, values: dict[str, str]) -> dict[str, list[str]]:
        """Return the form's fields with some of them set; the page has to know them."""
        if unknown := [n for n in values if n not in self.fields and "[buttons]" not in n]:
            sys.exit(f"the form {self._name} has no {', '.join(unknown)}")
        return self.fields | {name: [value] for name, value in values.items()}


class Floor:
    """One bare Mautic, and how long each of its steps took."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Take the names; nothing is started yet."""
        self.seconds: dict[str, float] = {}
        self._options = options
        self._url = f"http://localhost:{options.port}"
        self._password = secrets.token_urlsafe(24)
        # A redirect tells what state Mautic is in, and costs a page where it is followed for nothing.
        self._http = httpx.Client(base_url=self._url, timeout=60.0, trust_env=False)

    def run(self) -> None:
        """Go the whole way."""
        with self._timed("containers"):
            self._containers()
            self._until("the installer", lambda a: "/installer" in a.headers.get("location", ""))
        with self._timed("install"):
            self._install()
            self._until("the login page", lambda a: a.status_code == 200)
        with self._timed("login page"):
            self._http.get("/s/config/edit", params={"tab": "apiconfig"})
            login = Form(self._page("/s/login"), "login")
        with self._timed("login, config page"):
            target = self._post(login, {"_username": "admin", "_password": self._password})
            config = Form(self._page(target), "config")
        with self._timed("config save"):
            on = {"config[apiconfig][api_enabled]": "1", "config[buttons][apply]": ""}
            self._post(config, on)
        with self._timed("credential"):
            client_id, secret = self._credential()
        with self._timed("token, contacts"):
            self._call(client_id, secret)

    def _containers(self) -> None:
        name = self._options.name
        password = secrets.token_hex(16)
        database = {
            "MYSQL_DATABASE": "mautic",
            "MYSQL_USER": "mautic",
            "MYSQL_PASSWORD": password,
            "MYSQL_ROOT_PASSWORD": secrets.token_hex(16),
        }
        web = {
            "MAUTIC_DB_HOST": f"{name}-db",
            "MAUTIC_DB_PORT": "3306",
            "MAUTIC_DB_DATABASE": "mautic",
            "MAUTIC_DB_USER": "mautic",
            "MAUTIC_DB_PASSWORD": password,
            "DOCKER_MAUTIC_ROLE": "mautic_web",
        }
        mounts = [f"--volume={name}-{part}:{target}" for part, target in _VOLUMES.items()]
        hosts = [f"--add-host={host}:127.0.0.1" for host in self._options.blocked]
        publish = f"--publish=127.0.0.1:{self._options.port}:80"
        self._start(
            "db", self._options.database_image, database, f"--volume={name}-db:/var/lib/mysql"
        )
        self._start("web", self._options.image, web, publish, *hosts, *mounts)

    def _start(self, part: str, image: str, environment: dict[str, str], *more: str) -> None:
        """Start a container; its environment is named in argv, the values stay out of it."""
        name = self._options.name
        argv = [
            "docker",
            "run",
            "--detach",
            "--pull=never",
            f"--name={name}-{part}",
            f"--network={name}",
        ]
        argv += [f"--env={variable}" for variable in environment]
        subprocess.run(
            [*argv, *more, image],
            env=os.environ | environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def _install(self) -> None:
        # On standard input, as the product does it: no secret is in an argv.
        arguments = ["mautic:install", self._url, "--force", "--no-interaction"]
        arguments += ["--admin_username=admin", "--admin_email=admin@example.com"]
        arguments += [f"--admin_password={self._password}", "--db_backup_tables=true"]
        done = subprocess.run(
            exec_argv(f"{self._options.name}-web"),
            input=program(arguments),
            capture_output=True,
            check=False,
        )
        if b"Install complete" not in done.stdout:
            sys.exit(f"the installer ended with {done.returncode} and did not say it is done")

    def _until(self, what: str, reached: Callable[[httpx.Response], bool]) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            try:
                if reached(self._http.get("/s/login")):
                    return
            except httpx.TransportError:
                pass  # nobody listens yet, or the proxy of the port answers before Mautic does
            time.sleep(_POLL_S)
        sys.exit(f"{what} did not come within {_PATIENCE_S:.0f} s")

    def _page(self, url: str) -> str:
        answer = self._http.get(url)
        if answer.status_code != 200:
            sys.exit(f"GET {url} answered {answer.status_code}")
        return answer.text

    def _post(self, form: Form, values: dict[str, str]) -> str:
        """Post a form that answers with a redirect; return where to."""
        answer = self._http.post(form.action, data=form.filled(values))
        target: str = answer.headers.get("location", "")
        if not answer.is_redirect or target.endswith("/s/login"):
            sys.exit(f"POST {form.action} answered {answer.status_code} {target}")
        return target

    def _credential(self) -> tuple[str, str]:
        form = Form(self._page("/s/credentials/new"), "client")
        wanted = {
            "client[name]": "app",
            "client[redirectUris]": "https://localhost/callback",
            "client[buttons][apply]": "",
        }
        made = Form(self._http.post(form.action, data=form.filled(wanted)).text, "client")
        return made.by_id["client_publicId"], made.by_id["client_secret"]

    def _call(self, client_id: str, secret: str) -> None:
        grant = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": secret,
        }
        token = self._http.post("/oauth/v2/token", data=grant).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        status = self._http.get("/api/contacts", headers=headers).status_code
        if status != 200:
            sys.exit(f"GET /api/contacts answered {status}")

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.seconds[step] = time.monotonic() - started


def main() -> None:
    """Go the way and print how long it took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--name", required=True, help="of the network; prefix of the containers")
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--image", required=True)
    parser.add_argument("--database-image", required=True)
    parser.add_argument("--blocked", nargs="*", default=[], help="hosts that lead nowhere")
    floor = Floor(parser.parse_args())
    floor.run()
    print(json.dumps(floor.seconds))


if __name__ == "__main__":
    main()
