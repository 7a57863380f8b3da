"""What variables may not say together, though each alone would be fine."""

from typing import TYPE_CHECKING

from mautic_bootstrap.passwords import too_weak
from mautic_bootstrap.urls import host_of, is_loopback

if TYPE_CHECKING:
    from mautic_bootstrap.variables import Variables


def contradictions(variables: "Variables") -> list[str]:
    """Return every contradiction, one sentence each.

    A sentence begins with the variable to change and names every other one it is about, so that it can be
    left out where one of them is not valid by itself. No secret is in it.
    """
    return [
        *_about_the_password(variables),
        *_about_the_url(variables),
        *_about_the_client(variables),
        *_about_the_sink(variables),
    ]


def _about_the_password(variables: "Variables") -> list[str]:
    both = variables.mautic_admin_password and variables.mautic_admin_password_file
    if both:
        return [
            "mautic_admin_password and mautic_admin_password_file are both set; name one of them"
        ]
    password = variables.admin_password()
    if password is not None and "admin" in variables.mautic_rotate:
        problem = (
            "mautic_rotate names admin, but mautic_admin_password or mautic_admin_password_file is set: only a"
            " password that this project generated and keeps can be replaced by it; change yours in Mautic"
        )
        return [problem]
    if not variables.mautic_manage_containers or password is None:
        return []
    weakness = too_weak(password)
    if not weakness:
        return []
    file = variables.mautic_admin_password_file is not None
    name = "mautic_admin_password_file" if file else "mautic_admin_password"
    problem = (
        f"{name} is too weak: {weakness}. Mautic 5.1 and later would install with it and then refuse the"
        " login; leave it unset to have one generated, or set mautic_manage_containers=false for a Mautic"
        " that already runs"
    )
    return [problem]


def _about_the_url(variables: "Variables") -> list[str]:
    problems = []
    url = variables.mautic_url
    clear = url.startswith("http://") and not is_loopback(url)
    if clear and not variables.mautic_allow_insecure_http:
        problems.append(
            f"mautic_url is {url}: the admin password would travel in clear to {host_of(url)};"
            " use https://, or set mautic_allow_insecure_http=true"
        )
    if variables.mautic_manage_containers and not url.startswith("http://"):
        problems.append(
            f"mautic_url is {url}, but the containers this starts serve plain http on the port it names;"
            " for a Mautic behind https set mautic_manage_containers=false"
        )
    if variables.mautic_manage_containers and url.count("/") > len("//"):
        problems.append(
            f"mautic_url is {url}, but the containers this starts serve at the root; drop the path, or set"
            " mautic_manage_containers=false"
        )
    return problems


def _about_the_client(variables: "Variables") -> list[str]:
    problems = []
    by_hand = variables.mautic_client_id is not None
    if by_hand != (variables.mautic_client_secret is not None):
        problems.append(
            "mautic_client_id and mautic_client_secret belong together; set both or neither"
        )
    if by_hand and variables.app_env_auth == "basic":
        problems.append("mautic_client_id is set, but app_env_auth is basic, which uses no client")
    if by_hand and variables.mautic_basic_auth is not None:
        problems.append(
            "mautic_basic_auth is set, but with mautic_client_id no browser is started that could switch it;"
            " unset one of them"
        )
    if by_hand and "client" in variables.mautic_rotate:
        problems.append(
            "mautic_rotate names client, but mautic_client_id is set: a client made by hand is replaced by hand;"
            " unset one of them"
        )
    if variables.mautic_basic_auth is False and variables.app_env_auth == "basic":
        problems.append("mautic_basic_auth is false, but app_env_auth is basic, which needs it")
    return problems


def _about_the_sink(variables: "Variables") -> list[str]:
    problems = []
    sink, path = variables.app_secret_sink, variables.app_secret_path
    if sink == "env" and path is not None:
        problems.append(
            "app_secret_path is set, but app_secret_sink is env, which keeps the secrets in app_env_path; unset it,"
            " or choose ansible-vault or files"
        )
    if sink != "env" and path is None:
        what = "a folder for the secrets" if sink == "files" else "a file for the vault"
        problems.append(f"app_secret_path is required when app_secret_sink is {sink}; name {what}")
    if sink == "ansible-vault" and variables.app_secret_vault_password_file is None:
        problems.append(
            "app_secret_vault_password_file is required when app_secret_sink is ansible-vault; name the file that"
            " `ansible-vault --vault-password-file` would take"
        )
    if path is not None and path == variables.app_env_path:
        problems.append("app_secret_path is the same as app_env_path; name another one")
    return problems
