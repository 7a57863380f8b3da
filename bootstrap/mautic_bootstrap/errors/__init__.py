"""The project's errors: one tree, one way to word them.

    BootstrapError                     1  never raised itself
    ├── SettingsError                  2  a variable is wrong; raised before anything is touched
    ├── UnreachableError              10  the base URL did not answer
    ├── NotInstalledError             11  Mautic answers with its installer
    ├── ContainerError                12  engine, image, port or container trouble
    │   └── RegistryUnreachableError      no registry answers at all: the one case the rehearsal is for
    ├── InstallError                  13  `mautic:install` did not end installed
    ├── RunLockedError                14  another run on this machine is at the same Mautic
    ├── UiError                       20  the admin UI
    │   ├── LoginRejectedError        21  wrong, weak or disabled; or throttled
    │   ├── UnexpectedPageError       22  another page than expected
    │   ├── SaveNotConfirmedError     23  saved, but it did not read back
    │   ├── BrowserMissingError       24  no Chromium to drive
    │   └── SessionEndedError         25  Mautic asks to log in again on the way
    ├── CredentialsError              30  the OAuth2 client
    │   ├── AmbiguousClientError      31  more than one client of that name
    │   ├── SecretUnreadableError     32  the client is there, its secret cannot be read
    │   ├── SecretLostError           33  a secret this project generated is no longer in `.secrets`
    │   ├── NotOursError              34  a role or user of our name without our mark
    │   ├── BroaderThanAskedError     35  a client that may do more than was asked for
    │   ├── RightsNotProvenError      36  rights that real calls do not confirm
    │   └── RotationError             37  revoked, but still there or still working
    ├── EnvFileError                  40  the `.env` file
    │   ├── UnsafeValueError          41  a value no quoting carries to every reader
    │   └── InsecurePathError         42  somebody else could read or replace the file
    └── ApiError                      50  a call to Mautic's API
        ├── AuthenticationError       51  token endpoint or API said no
        │   └── TokenExpiredError         a static token is past its life
        ├── ApiDisabledError          52  the API is switched off
        ├── ForbiddenError            53  the token is good, the right is missing
        ├── NotFoundError, ValidationError, ConflictError, RateLimitedError, ServerError
        └── RequestTimeoutError, UnexpectedResponseError, LimitStoreError

The numbers are the codes shown in results and in the README's troubleshooting table.
"""

from mautic_bootstrap.errors.api import (
    ApiDisabledError,
    ApiError,
    AuthenticationError,
    ConflictError,
    ForbiddenError,
    LimitStoreError,
    NotFoundError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
    TokenExpiredError,
    UnexpectedResponseError,
    ValidationError,
)
from mautic_bootstrap.errors.base import BootstrapError
from mautic_bootstrap.errors.setup import (
    AmbiguousClientError,
    BroaderThanAskedError,
    BrowserMissingError,
    ContainerError,
    CredentialsError,
    EnvFileError,
    InsecurePathError,
    InstallError,
    LoginRejectedError,
    NotInstalledError,
    NotOursError,
    RegistryUnreachableError,
    RightsNotProvenError,
    RotationError,
    RunLockedError,
    SaveNotConfirmedError,
    SecretLostError,
    SecretUnreadableError,
    SessionEndedError,
    SettingsError,
    UiError,
    UnexpectedPageError,
    UnreachableError,
    UnsafeValueError,
)

__all__ = [
    "AmbiguousClientError",
    "ApiDisabledError",
    "ApiError",
    "AuthenticationError",
    "BootstrapError",
    "BroaderThanAskedError",
    "BrowserMissingError",
    "ConflictError",
    "ContainerError",
    "CredentialsError",
    "EnvFileError",
    "ForbiddenError",
    "InsecurePathError",
    "InstallError",
    "LimitStoreError",
    "LoginRejectedError",
    "NotFoundError",
    "NotInstalledError",
    "NotOursError",
    "RateLimitedError",
    "RegistryUnreachableError",
    "RequestTimeoutError",
    "RightsNotProvenError",
    "RotationError",
    "RunLockedError",
    "SaveNotConfirmedError",
    "SecretLostError",
    "SecretUnreadableError",
    "ServerError",
    "SessionEndedError",
    "SettingsError",
    "TokenExpiredError",
    "UiError",
    "UnexpectedPageError",
    "UnexpectedResponseError",
    "UnreachableError",
    "UnsafeValueError",
    "ValidationError",
]
