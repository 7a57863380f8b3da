"""Every input the playbook refuses, with what it says: one host of an inventory each."""

import os
import socket
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from container.docker_cli import free_port
from mautic_bootstrap.rehearsal.server import RehearsalServer

SECRET = "hunter2-Never_Shown"
STRANGER_UID = 12345


@dataclass(frozen=True)
class Case:
    """One bad input: the variables of its host, and what its failure says."""

    variables: Mapping[str, object]
    says: str
    code: int = 2


VARIABLES = {
    "malformed_url": Case(
        {"mautic_url": "localhost:8080"},
        "mautic_url is not an http:// or https:// URL with a host",
    ),
    "credentials_in_url": Case(
        {"mautic_url": f"http://admin:{SECRET}@localhost:8080"},
        "mautic_url holds credentials; name them in mautic_admin_username and _password",
    ),
    "insecure_http": Case(
        {"mautic_url": "http://mautic.example.com", "mautic_manage_containers": False},
        "mautic_url is http://mautic.example.com: the admin password would travel in clear to"
        " mautic.example.com; use https://, or set mautic_allow_insecure_http=true",
    ),
    "unknown_variable": Case(
        {"mautic_imgae": "x"},
        "mautic_imgae is not a variable of this project",
    ),
    "unknown_env_variable": Case(
        {"app_env_pth": "x"},
        "app_env_pth is not a variable of this project",
    ),
    "weak_password": Case(
        {"mautic_admin_password": "mautic123"},
        "mautic_admin_password is too weak: zxcvbn scores it 1 of 4, Mautic wants at least 3."
        " Mautic 5.1 and later would install with it and then refuse the login; leave it unset to have"
        " one generated",
    ),
    "no_email": Case(
        {"mautic_admin_email": "admin"},
        "mautic_admin_email is 'admin', which is not an e-mail address",
    ),
    "empty_client_name": Case(
        {"mautic_client_name": ""},
        "mautic_client_name is empty or begins or ends with white space",
    ),
    "client_name_with_a_comma": Case(
        {"mautic_client_name": "shop, news"},
        "mautic_client_name is 'shop, news'; commas, quotes, backslashes, <, > and & are not allowed",
    ),
    "client_name_with_quotes": Case(
        {"mautic_client_name": 'the "shop"'},
        "mautic_client_name is 'the \"shop\"'; commas, quotes, backslashes, <, > and & are not allowed",
    ),
    "long_client_name": Case(
        {"mautic_client_name": "x" * 300},
        "mautic_client_name has 300 characters; at most 100 are allowed",
    ),
    "redirect_without_scheme": Case(
        {"mautic_client_redirect_uri": "localhost/callback"},
        "mautic_client_redirect_uri is 'localhost/callback'; it needs a scheme, as in"
        " https://localhost/callback",
    ),
    "no_admin_password": Case(
        {"mautic_url": "http://localhost:1", "mautic_manage_containers": False},
        "mautic_admin_password is required when mautic_manage_containers is false (or"
        " mautic_admin_password_file, or mautic_client_id with mautic_client_secret)",
    ),
    "one_file_for_two": Case(
        {"app_env_path": ".env.same"},
        "app_env_path is .env.same for one_file_for_two and for two_for_one_file; each host needs a"
        " file of its own",
    ),
    "two_for_one_file": Case(
        {"app_env_path": ".env.same"},
        "app_env_path is .env.same for two_for_one_file and for one_file_for_two; each host needs a"
        " file of its own",
    ),
    "one_name_for_two": Case(
        {"mautic_instance": "same"},
        "mautic_instance is same for one_name_for_two and for two_for_one_name; each host needs one of"
        " its own",
    ),
    "two_for_one_name": Case(
        {"mautic_instance": "same"},
        "mautic_instance is same for two_for_one_name and for one_name_for_two; each host needs one of"
        " its own",
    ),
    "unknown_sink": Case(
        {"app_secret_sink": "vault"},
        "app_secret_sink is not valid: input should be 'env', 'ansible-vault' or 'files'",
    ),
    "vault_without_password_file": Case(
        {"app_secret_sink": "ansible-vault", "app_secret_path": "vault.yml"},
        "app_secret_vault_password_file is required when app_secret_sink is ansible-vault",
    ),
    "files_without_folder": Case(
        {"app_secret_sink": "files"},
        "app_secret_path is required when app_secret_sink is files; name a folder for the secrets",
    ),
    "folder_without_files": Case(
        {"app_secret_path": ".secrets"},
        "app_secret_path is set, but app_secret_sink is env, which keeps the secrets in app_env_path",
    ),
    "missing_image": Case(
        {"mautic_image": "registry.invalid/mautic:none", "mautic_fallback": "none"},
        "Three ways out: `docker load` the image here; name a `docker save` file in"
        " mautic_image_archive; or try the whole path against a stand-in with `-e"
        " mautic_fallback=rehearsal`.",
        code=12,
    ),
}


def env_files(root: Path) -> dict[str, Case]:
    """Make `.env` files that must not be written, and return their cases."""
    env = {
        name: root / f".env.{name}" for name in ("folder", "sealed", "foreign", "latin1", "twice")
    }
    env["folder"].mkdir()
    env["latin1"].write_bytes(b"NAME=M\xfcller\n")
    env["twice"].write_text(f"MAUTIC_CLIENT_SECRET={SECRET}\nMAUTIC_CLIENT_SECRET=other\n")
    for name in ("sealed", "foreign"):
        env[name].write_text(f"OTHER={SECRET}\n")
    env["sealed"].chmod(0o400)
    tracked, open_to_git = root / "tracked.env", root / "not-ignored.env"
    tracked.write_text(f"OTHER={SECRET}\n")
    subprocess.run(["git", "add", "--force", tracked.name], cwd=root, check=True)
    found = {
        "env_is_a_folder": (
            env["folder"],
            "expected a file, or none yet, saw a directory; name a file",
        ),
        "env_is_read_only": (
            env["sealed"],
            "expected a writable file, saw mode 0400; run `chmod u+w",
        ),
        "env_is_not_utf8": (
            env["latin1"],
            "expected UTF-8 text, saw something else from byte 6 on; save",
        ),
        "env_says_a_thing_twice": (
            env["twice"],
            "saw MAUTIC_CLIENT_SECRET on lines 1, 2; delete all but one of them",
        ),
        "env_is_tracked": (tracked, "git rm --cached"),
        "env_is_not_ignored": (open_to_git, ".gitignore"),
        "env_has_no_folder": (root / "none" / ".env", f"no folder {root}/none"),
    }
    if os.geteuid() == 0:  # only root can make somebody else's file
        os.chown(env["foreign"], STRANGER_UID, STRANGER_UID)
        text = f"saw one that belongs to user {STRANGER_UID}"
        found["env_is_somebody_elses"] = (env["foreign"], text)
    return {name: Case({"app_env_path": str(path)}, text) for name, (path, text) in found.items()}


def servers(
    stranger: socket.socket, mautic: RehearsalServer, empty: RehearsalServer
) -> dict[str, Case]:
    """Return the cases around what listens already.

    Args:
        stranger: Listens on a port.
        mautic: An installed Mautic.
        empty: One that waits for its installer.
    """
    port = stranger.getsockname()[1]
    taken = mautic.url.rpartition(":")[2]
    return {
        "port_of_a_stranger": Case(
            {"mautic_url": f"http://localhost:{port}"},
            f"mautic_url names port {port}, but 127.0.0.1:{port} is taken by another program; name a free"
            " port in mautic_url",
        ),
        "port_of_a_mautic": Case(
            {"mautic_url": mautic.url},
            f"mautic_url names port {taken}, but 127.0.0.1:{taken} is taken by a Mautic that already runs;"
            " use it with `-i inventory/existing`, or name a free port in mautic_url",
        ),
        "not_installed": Case(
            _unmanaged(empty.url),
            "expected an installed one, saw its installer",
            code=11,
        ),
        "nothing_there": Case(
            _unmanaged("http://127.0.0.1:9"), "expected a Mautic's login page", code=10
        ),
        "no_mautic": Case(
            _unmanaged(mautic.url + "/shop"), "which is no Mautic login page", code=10
        ),
    }


def inventory(cases: Mapping[str, Case], new_name: Callable[[], str]) -> dict[str, Any]:
    """Return an inventory of one host per case; each is fine but for what its case says."""
    url = f"http://localhost:{free_port()}"
    hosts = {
        name: {
            "mautic_url": url,
            "mautic_instance": new_name(),
            "mautic_client_name": name,
            "app_env_path": f".env.{name}",
        }
        | dict(case.variables)
        for name, case in cases.items()
    }
    return {"all": {"hosts": hosts}}


def _unmanaged(url: str) -> dict[str, object]:
    return {
        "mautic_url": url,
        "mautic_manage_containers": False,
        "mautic_admin_password": SECRET,
    }
