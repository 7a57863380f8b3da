"""Mautic's settings file, played by a JSON file of the stand-in's own in the configuration volume."""

import json
import secrets
import time
from pathlib import Path
from typing import Any

FILE_NAME = "rehearsal.json"


class Settings:
    """Reads and writes the settings; a path of None keeps them in memory.

    Args:
        folder: The configuration folder (`/var/www/html/config` in the image).
        revalidate_s: How long a reader goes on believing that nothing is installed. PHP's opcode cache
            does the same: the web server answers with its installer for up to 2 s after `mautic:install`.
    """

    def __init__(self, folder: Path | None = None, *, revalidate_s: float = 0) -> None:
        self._path = None if folder is None else folder / FILE_NAME
        self._revalidate_s = revalidate_s
        self._memory: dict[str, Any] = {}
        self._not_installed_until = 0.0

    def read(self) -> dict[str, Any]:
        """Return all settings; an empty dict where nothing is installed."""
        if self._path is None:
            return self._memory
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        settings: dict[str, Any] = json.loads(text)
        return settings

    def write(self, settings: dict[str, Any]) -> None:
        """Replace all settings at once."""
        if self._path is None:
            self._memory = dict(settings)
            return
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(settings, indent=1), encoding="utf-8")
        draft.replace(self._path)

    def installed(self) -> bool:
        """Say whether a site URL is set, as a web server with an opcode cache sees it."""
        now = time.monotonic()
        if now < self._not_installed_until:
            return False
        if self.read().get("site_url"):
            return True
        self._not_installed_until = now + self._revalidate_s
        return False

    def install(self, site_url: str) -> None:
        """Mark the instance as installed, with a fresh secret key."""
        self.write({**self.read(), "site_url": site_url, "secret_key": secrets.token_hex(16)})

    def switched_on(self, name: str) -> bool:
        """Say whether a yes/no setting of the API tab is on; both are off by default."""
        form: dict[str, Any] = self.read().get("form", {})
        return form.get(f"config[apiconfig][{name}]") == "1"

    def token_lifetime_s(self) -> int:
        """Return the access token's lifetime in seconds (60 minutes by default)."""
        form: dict[str, Any] = self.read().get("form", {})
        return int(form.get("config[apiconfig][api_oauth2_access_token_lifetime]", 60)) * 60
