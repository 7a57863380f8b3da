"""The stand-in as its containers see it: settings in a volume, the database in another container."""

import json
import os
from pathlib import Path

from mautic_bootstrap.rehearsal.database import RemoteDatabase
from mautic_bootstrap.rehearsal.pages.site import Flags, Site
from mautic_bootstrap.rehearsal.settings import Settings
from mautic_bootstrap.rehearsal.versions import VERSIONS

PROJECT = Path("/var/www/html")
CONFIG = PROJECT / "config"
# PHP's opcode cache looks for changed files every two seconds.
_REVALIDATE_S = 1.0


def database() -> RemoteDatabase:
    """Return the database the environment names."""
    return RemoteDatabase(
        os.environ["MAUTIC_DB_HOST"],
        int(os.environ.get("MAUTIC_DB_PORT") or 3306),
        user=os.environ["MAUTIC_DB_USER"],
        password=os.environ["MAUTIC_DB_PASSWORD"],
        name=os.environ.get("MAUTIC_DB_DATABASE", ""),
    )


def site() -> Site:
    """Return the stand-in of the environment; `REHEARSAL_FLAGS` is a JSON object of flags."""
    flags = Flags(**json.loads(os.environ.get("REHEARSAL_FLAGS") or "{}"))
    version = VERSIONS[os.environ["REHEARSAL_VERSION"]]
    return Site(version, database(), Settings(CONFIG, revalidate_s=_REVALIDATE_S), flags)
