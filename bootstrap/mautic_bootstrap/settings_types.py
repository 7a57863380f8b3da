"""What each setting may hold: types that check it, and say so in the words of a problem's line."""

import os
import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from mautic_bootstrap import state_dir
from mautic_bootstrap.api.connection import is_bearer_token
from mautic_bootstrap.api.token_cache import is_fernet_key
from mautic_bootstrap.errors import EnvFileError
from mautic_bootstrap.settings_problems import PREFIX, Allowed, shown
from mautic_bootstrap.urls import normalise_base_url

_OFF = "off"
LIMITS = "limits.db"
"""The file of the hourly budget in the state folder."""
TOKENS = "tokens"
"""The folder of the token cache in it."""

_VISIBLE_ASCII = r"[\x21-\x7e]+"
_CLIENT_ID = "the public key of an OAuth2 client: visible ASCII without spaces"
_USERNAME = "a user name: characters that can be seen, no colon"
_ONE_LINE = "text of one line"
_BEARER = "a bearer token: letters, digits and -._~+/, perhaps = at its end"
_CERTIFICATES = "a file with certificates in PEM form"
_STORE = "an absolute path of a file (~ is fine), or redis://host:6379/0"
_CACHE = f"an absolute path of a folder (~ is fine), or {_OFF}"
_KEYS = "Fernet keys, 44 characters of URL-safe Base64 each, with commas between them"


def state_defaults(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the defaults of the fields that lie in the state folder; nothing where there is no place for it.

    Args:
        environ: It says where that folder is, in place of the process's environment.
    """
    try:
        folder = state_dir.location(os.environ if environ is None else environ)
    except EnvFileError:
        return {}
    return {"rate_limit_store": folder / LIMITS, "token_cache": folder / TOKENS}


def default_token_folder() -> Path | None:
    """Return the token cache's folder; None, so that nothing is cached, where there is no place for it."""
    return state_defaults().get("token_cache")


def _base_url(url: str) -> str:
    if "@" in url.partition("//")[2].partition("/")[0]:
        raise ValueError(f"holds credentials; they belong in {PREFIX}USERNAME and {PREFIX}PASSWORD")
    return normalise_base_url(url)


def _client_id(value: str) -> str:
    if not re.fullmatch(_VISIBLE_ASCII, value):
        raise ValueError(f"is {shown(value)}; it needs {_CLIENT_ID}")
    return value


def _username(value: str) -> str:
    # RFC 7617: what stands behind the first colon is the password.
    if ":" in value:
        raise ValueError(f"is not valid; it needs {_USERNAME}")
    if not value.isprintable() or value != value.strip():
        raise ValueError(f"is {shown(value)}; it needs {_USERNAME}")
    return value


def _one_line(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"holds bytes that are no UTF-8; it needs {_ONE_LINE}") from None
    if set(text) & set("\0\r\n"):
        raise ValueError(f"holds a line break or NUL; it needs {_ONE_LINE}")
    return secret


def _bearer(token: SecretStr) -> SecretStr:
    if not is_bearer_token(token.get_secret_value()):
        raise ValueError(f"cannot be sent as it is; it needs {_BEARER}")
    return token


def _certificates(path: Path) -> Path:
    path = _expanded(path, _CERTIFICATES)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if not path.is_file():
            raise ValueError(
                f"names {shown(str(path))}, where no file is; it needs {_CERTIFICATES}"
            )
        context.load_verify_locations(cafile=path)
    except ssl.SSLError:
        pass  # nothing of the kind in it: the count below stays 0
    except OSError as exc:
        reason = (exc.strerror or type(exc).__name__).lower()
        raise ValueError(f"names {shown(str(path))}, which cannot be read: {reason}") from None
    if not context.cert_store_stats()["x509"]:
        raise ValueError(
            f"names {shown(str(path))}, which holds no certificate; it needs {_CERTIFICATES}"
        )
    return path


def _store(value: object) -> object:
    """Take a path or URL apart; the URL stays hidden, as it may hold a password, and so does what may be one."""
    if value is None:
        return _default_store()
    text = _plain(value)
    if not isinstance(text, str):
        return value
    if "://" not in text and not text.startswith("//"):
        try:
            return _store_file(text)
        except ValueError:
            if set(text) & set("@:"):  # a URL without its scheme
                raise ValueError(f"is not valid; it needs {_STORE}") from None
            raise
    try:
        parts = urlsplit(text)
        by_network = parts.scheme in {"redis", "rediss"} and parts.hostname and parts.port != 0
        usable = by_network or (parts.scheme == "unix" and parts.path)
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"is a URL, but not one of a Redis; it needs {_STORE}")
    return SecretStr(text)


def _store_file(text: str) -> Path:
    path = _absolute(text, _STORE)
    if path.is_dir():
        raise ValueError(f"names {shown(str(path))}, a folder; it needs {_STORE}")
    return path


def _cache(value: object) -> object:
    text = _plain(value)
    if not isinstance(text, str):
        return value
    if text.lower() == _OFF:
        return None
    path = _absolute(text, _CACHE)
    if path.exists() and not path.is_dir():
        raise ValueError(f"names {shown(str(path))}, which is no folder; it needs {_CACHE}")
    return path


def _keys(value: object) -> object:
    text = _plain(value)
    if not isinstance(text, str):
        keys = value if isinstance(value, tuple | list) else (value,)
    else:
        keys = tuple(SecretStr(key.strip()) for key in text.split(","))
    for number, key in enumerate(keys, 1):
        plain = _plain(key)
        if not isinstance(plain, str) or not is_fernet_key(plain):
            which = f"key {number} of {len(keys)}" if len(keys) > 1 else "the key"
            raise ValueError(f"is not valid: {which} is no Fernet key; it needs {_KEYS}")
    return tuple(keys)


def _plain(value: object) -> object:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return os.fspath(value) if isinstance(value, Path) else value


def _default_store() -> Path:
    try:
        return state_dir.location() / LIMITS
    except EnvFileError as exc:
        raise ValueError(f"is not set, and its default needs {exc.expected}: {exc.hint}") from None


def _absolute(text: str, allowed: str) -> Path:
    path = _expanded(Path(text), allowed)
    if not path.is_absolute():
        # Relative to whatever folder each process was started in, they would not share it.
        raise ValueError(f"is {shown(text)}; it needs {allowed}")
    return path


def _expanded(path: Path, allowed: str) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError(
            f"is {shown(str(path))}, of a user without home; it needs {allowed}"
        ) from None


BaseUrl = Annotated[
    str,
    BeforeValidator(_plain),
    AfterValidator(_base_url),
    Allowed("the base URL of a Mautic, as in https://mautic.example.com"),
]
ClientId = Annotated[str | None, AfterValidator(_client_id), Allowed(_CLIENT_ID)]
Username = Annotated[
    str | None, BeforeValidator(_plain), AfterValidator(_username), Allowed(_USERNAME)
]
Secret = Annotated[SecretStr | None, AfterValidator(_one_line), Allowed(_ONE_LINE)]
BearerToken = Annotated[SecretStr | None, AfterValidator(_bearer), Allowed(_BEARER)]
Environment = Annotated[Literal["production", "development"], Allowed("production or development")]
Seconds = Annotated[
    float,
    Field(ge=0.1, le=600, allow_inf_nan=False),
    Allowed("a number of seconds from 0.1 to 600"),
]
Calls = Annotated[
    int, Field(ge=0, le=1_000_000), Allowed("a whole number of calls from 0 to 1000000")
]
HealthCalls = Annotated[
    int, Field(ge=0, le=3600), Allowed("a whole number of calls from 0 to 3600")
]
LimitStore = Annotated[Path | SecretStr, BeforeValidator(_store), Allowed(_STORE)]
UserAgent = Annotated[
    str,
    Field(pattern=rf"^{_VISIBLE_ASCII}( {_VISIBLE_ASCII})*$"),
    Allowed("visible ASCII with single spaces"),
]
Certificates = Annotated[Path | None, AfterValidator(_certificates), Allowed(_CERTIFICATES)]
TokenFolder = Annotated[Path | None, BeforeValidator(_cache), Allowed(_CACHE)]
FernetKeys = Annotated[tuple[SecretStr, ...], BeforeValidator(_keys), NoDecode, Allowed(_KEYS)]
