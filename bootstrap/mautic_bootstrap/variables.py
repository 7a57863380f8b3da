"""The public variables: what an inventory may say, and what is refused before anything is touched.

The names and defaults are held to the roles' argument specs and the README by a contract test.
"""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)

from mautic_bootstrap import __version__
from mautic_bootstrap.errors import SettingsError
from mautic_bootstrap.naming import is_reserved, user_of
from mautic_bootstrap.rights import words
from mautic_bootstrap.urls import normalise_base_url, port_of
from mautic_bootstrap.variable_rules import contradictions
from mautic_bootstrap.variable_types import (
    CertificateFile,
    ExistingFile,
    PasswordFile,
    is_usable_password,
    password_in,
)

PUBLIC_PREFIXES = ("mautic_", "app_env_", "app_secret_", "app_user_")
DEFAULT_USER_AGENT = f"mautic-bootstrap/{__version__}"

_EMAIL = re.compile(r"[^@\s,;<>\"']+@[^@\s,;<>\"']+\.[^@\s,;<>\"'.]+|[^@\s,;<>\"']+@localhost")
_INSTANCE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}(-rehearsal)?")
# A hyphen in front would make it an option of the engine's command line.
_IMAGE = r"^[^\s-]\S*$"
_NAME = re.compile(r"[a-z_]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s,]+")
# `oauth2_clients.name` is a varchar(191) on Mautic's utf8mb4 tables; the longest pseudo user name
# "<name> [<id>]" has to fit beside it, and quotes or commas would break its list search.
_CLIENT_NAME_LENGTH = 100

DEFAULT_PERMISSIONS: Mapping[str, tuple[str, ...]] = {
    "lead:leads": ("viewown", "viewother", "editown", "editother", "create"),
    "lead:lists": ("viewown", "viewother"),
    "campaign:campaigns": ("viewown", "viewother"),
    "email:emails": ("viewown", "viewother", "editown", "editother", "create"),
}
"""Read and write contacts, read segments and campaigns, manage e-mails; in Mautic's own names."""
# Names of Mautic's permissions and of their rights; which of them exist only its role form says.
_PERMISSION = re.compile(r"[A-Za-z0-9_]+:[A-Za-z0-9_.]+")
_RIGHT = re.compile(r"[a-z]+")
# What Ansible takes for a truth value where `-e name=value` brings it as text.
_YES, _NO = {"true", "yes", "on", "1"}, {"false", "no", "off", "0", ""}


class Variables(BaseModel):
    """Every public variable of the playbooks, validated.

    Unknown names are refused here too, so that a typo never passes silently.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    mautic_url: str = "http://localhost:8080"
    mautic_allow_insecure_http: bool = False
    mautic_ca_bundle: CertificateFile | None = None
    mautic_manage_containers: bool = True
    mautic_instance: str = "mautic"
    mautic_image: str = Field(default="mautic/mautic:7-apache", pattern=_IMAGE)
    mautic_db_image: str = Field(default="mariadb:10.11", pattern=_IMAGE)
    mautic_image_archive: ExistingFile | None = None
    mautic_bind_address: str = "127.0.0.1"
    mautic_background_roles: tuple[Literal["cron", "worker"], ...] = ("cron", "worker")
    mautic_block_phone_home: bool | Literal["auto"] = "auto"
    mautic_cli_argv: tuple[str, ...] | None = None
    mautic_admin_username: str = Field(default="admin", min_length=1, pattern=r"^\S+$")
    mautic_admin_email: str = "admin@example.com"
    mautic_admin_password: SecretStr | None = None
    mautic_admin_password_file: PasswordFile | None = None
    mautic_basic_auth: bool | None = None
    mautic_client_name: str = "app"
    mautic_client_redirect_uri: str = "https://localhost/callback"
    mautic_client_id: str | None = None
    mautic_client_secret: SecretStr | None = None
    mautic_api_privileges: Literal["scoped", "admin"] = "scoped"
    mautic_api_permissions: Mapping[str, tuple[str, ...]] = DEFAULT_PERMISSIONS
    mautic_rotate: tuple[Literal["client", "admin", "cache_key"], ...] = ()
    mautic_rotation_grace_seconds: int = Field(default=0, ge=0)
    mautic_browser_trace: bool = False
    mautic_fallback: Literal["none", "rehearsal"] = "none"
    mautic_rehearsal_version: Literal["5.1", "7.0"] = "7.0"
    mautic_remove_volumes: bool = False
    app_env_path: Path = Path(".env")
    app_env_auth: Literal["oauth2", "basic", "token"] = "oauth2"
    app_secret_sink: Literal["env", "ansible-vault", "files"] = "env"  # noqa: S105  # no password
    app_secret_path: Path | None = None
    app_secret_vault_password_file: ExistingFile | None = None
    app_user_agent: str = Field(
        default=DEFAULT_USER_AGENT, pattern=r"^[\x21-\x7e]+( [\x21-\x7e]+)*$"
    )

    @field_validator("mautic_url")
    @classmethod
    def _url(cls, url: str) -> str:
        return normalise_base_url(url)

    @field_validator("mautic_bind_address")
    @classmethod
    def _address(cls, address: str) -> str:
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise ValueError(
                f"is {address!r}; it needs an IP address of this machine, such as 127.0.0.1"
            ) from None
        return address

    @field_validator("mautic_instance")
    @classmethod
    def _instance(cls, name: str) -> str:
        if not _INSTANCE.fullmatch(name):
            raise ValueError(
                f"is {name!r}; allowed are 1 to 40 of a-z, 0-9, - and _, beginning with a letter or digit"
            )
        return name

    @field_validator("mautic_admin_email")
    @classmethod
    def _email(cls, email: str) -> str:
        if not _EMAIL.fullmatch(email):
            raise ValueError(f"is {email!r}, which is not an e-mail address")
        return email

    @field_validator("mautic_client_name")
    @classmethod
    def _client_name(cls, name: str) -> str:
        if not name.strip() or name != name.strip():
            raise ValueError("is empty or begins or ends with white space")
        if len(name) > _CLIENT_NAME_LENGTH:
            raise ValueError(
                f"has {len(name)} characters; at most {_CLIENT_NAME_LENGTH} are allowed"
            )
        if set(name) & set(",\"'<>&\\") or not name.isprintable():
            raise ValueError(
                f"is {name!r}; commas, quotes, backslashes, <, > and & are not allowed"
            )
        if is_reserved(name):
            raise ValueError(f"is {name!r}; such an ending is what a rotation gives to names")
        return name

    @field_validator("mautic_client_redirect_uri")
    @classmethod
    def _redirect_uri(cls, uri: str) -> str:
        if not _SCHEME.fullmatch(uri):
            raise ValueError(f"is {uri!r}; it needs a scheme, as in https://localhost/callback")
        return uri

    @field_validator("mautic_api_permissions")
    @classmethod
    def _permissions(
        cls, permissions: Mapping[str, tuple[str, ...]]
    ) -> Mapping[str, tuple[str, ...]]:
        for name, rights in permissions.items():
            if not _PERMISSION.fullmatch(name):
                raise ValueError(f"names {name!r}; a permission of Mautic reads lead:leads")
            bad = [right for right in rights if not _RIGHT.fullmatch(right)]
            if bad or not rights:
                raise ValueError(
                    f"gives {name} {bad or 'no rights'}; a right of Mautic reads viewown"
                )
        if not permissions:
            # Mautic leaves a role as it is where no box at all is ticked.
            raise ValueError("is empty; a client needs at least one right")
        return {name: tuple(dict.fromkeys(rights)) for name, rights in permissions.items()}

    @field_validator("mautic_rotate", mode="before")
    @classmethod
    def _rotate(cls, what: object) -> object:
        """Take `true` for the client alone, and a single word for a list of one."""
        if isinstance(what, bool) or (isinstance(what, str) and what.lower() in _YES | _NO):
            return ("client",) if str(what).lower() in _YES else ()
        return what.split(",") if isinstance(what, str) else what

    @field_validator("mautic_admin_password")
    @classmethod
    def _password(cls, password: SecretStr | None) -> SecretStr | None:
        if password is not None and not is_usable_password(password.get_secret_value()):
            raise ValueError("is empty or holds a line break, NUL or what is no text")
        return password

    @property
    def port(self) -> int:
        """The port of `mautic_url`; where the managed web container is published."""
        return port_of(self.mautic_url)

    @property
    def wants_basic_auth(self) -> bool | None:
        """How HTTP basic auth should stand: on, off, or None for "leave it as it is"."""
        if self.mautic_basic_auth is None and self.app_env_auth == "basic":
            return True
        return self.mautic_basic_auth

    @property
    def asked_permissions(self) -> Mapping[str, tuple[str, ...]] | None:
        """What the application may do; None: whatever an administrator may."""
        return self.mautic_api_permissions if self.mautic_api_privileges == "scoped" else None

    @property
    def asked_rights(self) -> str:
        """The same in words."""
        return "admin" if self.asked_permissions is None else words(self.asked_permissions)

    @property
    def asked_client(self) -> tuple[str, str, str]:
        """What makes two clients the same: the Mautic, the name, the rights."""
        return self.mautic_url, self.mautic_client_name, self.asked_rights

    @property
    def api_username(self) -> str:
        """The user an application is by HTTP basic auth: one with limited rights, or the admin."""
        if self.asked_permissions is None:
            return self.mautic_admin_username
        return user_of(self.mautic_client_name)

    def admin_password(self) -> str | None:
        """Return the admin password from the variable or its file, None where neither is set."""
        if self.mautic_admin_password is not None:
            return self.mautic_admin_password.get_secret_value()
        if self.mautic_admin_password_file is not None:
            return password_in(self.mautic_admin_password_file)
        return None


def load(values: Mapping[str, Any]) -> Variables:
    """Validate public variables.

    Args:
        values: Variable name to value; names that are absent take their defaults, and so does a None
            or an empty text where the default is "unset".

    Raises:
        SettingsError: With every problem at once, one line each; no secret is repeated.
    """
    given = {
        name: value
        for name, value in values.items()
        if not (value in (None, "") and name in _UNSET_BY_DEFAULT)
    }
    problems: list[str] = []
    bad: set[str] = set()
    try:
        variables = Variables.model_validate(given)
    except ValidationError as exc:
        problems = _problems(exc)
        bad = {line.split()[0] for line in problems}
        # What contradicts each other among the rest is worth saying in the same breath.
        variables = Variables.model_validate({n: v for n, v in given.items() if n not in bad})
    problems += [p for p in contradictions(variables) if not bad.intersection(_NAME.findall(p))]
    if problems:
        raise SettingsError(problems)
    return variables


def unknown_names(names: list[str]) -> list[str]:
    """Return those of `names` that look like public variables but are none."""
    known = set(Variables.model_fields)
    return sorted(n for n in names if n.startswith(PUBLIC_PREFIXES) and n not in known)


_UNSET_BY_DEFAULT = {n for n, f in Variables.model_fields.items() if f.default is None}


def _problems(error: ValidationError) -> list[str]:
    """Flatten pydantic's report into sentences that begin with the variable's name."""
    problems: list[str] = []
    for item in error.errors(include_url=False, include_context=True):
        message = item["msg"].removeprefix("Value error, ")
        name = str(item["loc"][0])
        if item["type"] == "extra_forbidden":
            message = "is not a variable of this project"
        elif item["type"] != "value_error":
            message = f"is not valid: {message[0].lower()}{message[1:]}"
        line = f"{name} {message}"
        if line not in problems:
            problems.append(line)
    return problems
