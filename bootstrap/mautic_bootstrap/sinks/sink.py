"""Where an application's credentials are read and written, wherever that is."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mautic_bootstrap.env import file as env_file
from mautic_bootstrap.env import guards
from mautic_bootstrap.env.credentials import CACHE_KEY, FILE_NAMES, SECRET_NAMES, read_values
from mautic_bootstrap.env.file import EnvUpdate
from mautic_bootstrap.errors import EnvFileError
from mautic_bootstrap.sinks.folder import FolderStore
from mautic_bootstrap.sinks.record import PlaceRecord
from mautic_bootstrap.sinks.store import Place, Store, Update
from mautic_bootstrap.sinks.vault import Cipher, VaultStore

_AUTHENTICATING = SECRET_NAMES - {CACHE_KEY}


@dataclass(frozen=True)
class Sink:
    """An application's `.env`, and perhaps a store beside it that holds the secrets instead.

    Values go in and come out by the names that the application knows them by. Another store than the run before
    had moves the secrets: the new place is complete before `.env` changes, and the old one is emptied last.
    """

    env_path: Path
    """The `.env`, absolute."""
    record: PlaceRecord
    cipher: Cipher | None = None
    """Opens vaults; None where no password for them is known."""
    place: Place | None = None
    """Where the secrets go; None: they stand in `.env`."""

    @property
    def where(self) -> str:
        """The place as messages name it."""
        return str(self.env_path) + (f" with {self.place.path}" if self.place else "")

    def problems(self) -> list[str]:
        """Return every reason why nothing may be written, one sentence each, with its fix."""
        said = guards.problems(self.env_path)
        for store in self._store():
            said += store.problems("app_secret_path")
        for store in self._earlier():
            if os.path.lexists(store.place.path):
                said += store.problems("app_secret_path of an earlier run")
        return said

    def read(self) -> dict[str, str]:
        """Return what of our variables the application would be told; nothing at all where nothing is yet.

        Raises:
            EnvFileError: A place cannot be read or understood.
        """
        values = read_values(self.env_path)
        for name in FILE_NAMES.values():
            values.pop(name, None)
        for store in self._store():
            values |= store.read()
        for store in self._earlier():
            moving = store.read()
            if _AUTHENTICATING & values.keys():  # moved already, and perhaps replaced since
                moving = {name: v for name, v in moving.items() if name == CACHE_KEY}
            values = moving | values
        return values

    def plan(self, values: Mapping[str, str]) -> Update:
        """Say what `write` would do; reads only.

        Raises:
            EnvFileError: A place may not be written, or cannot be understood.
            UnsafeValueError: A value that not every reader would understand.
        """
        values = self._with_key(values)
        update = Update()
        for store in self._store():
            update += store.plan(values)
        in_env, removed = self._in_env(values)
        update += _translated(env_file.plan(self.env_path, in_env, removed))
        for store in self._earlier():
            update += store.plan({})
        return update

    def write(self, values: Mapping[str, str]) -> Update:
        """Set our variables and leave everything else as it is.

        Args:
            values: Name to value; credentials that are missing here are removed. A missing key of the token
                cache stays as it is.

        Raises:
            EnvFileError: A place may not be written, cannot be understood, or another writer has it.
            UnsafeValueError: A value that not every reader would understand.

        Side effects:
            Writes the store, then `.env`, then empties the stores that earlier runs had. Killed in between,
            nothing is lost, and the next call goes on.
        """
        values = self._with_key(values)
        earlier = self._earlier()
        if self.place or earlier:
            self.plan(values)  # whatever is refused is refused before anything changes
        own = [self.place] if self.place else []
        self.record.write([*(store.place for store in earlier), *own])
        update = Update()
        for store in self._store():
            update += store.write(values)
        in_env, removed = self._in_env(values)
        update += _translated(env_file.write(self.env_path, in_env, removed))
        for store in earlier:
            update += store.write({})
        self.record.write(own)
        return update

    def _with_key(self, values: Mapping[str, str]) -> dict[str, str]:
        self._refuse_foreign_key(values)
        present = self.read()
        kept = {CACHE_KEY: present[CACHE_KEY]} if present.get(CACHE_KEY) else {}
        return kept | dict(values)

    def _refuse_foreign_key(self, values: Mapping[str, str]) -> None:
        """Refuse to set a key where `.env` names a file with one that this project did not write."""
        pointer = FILE_NAMES[CACHE_KEY]
        named = read_values(self.env_path).get(pointer)
        ours = [store.pointers({CACHE_KEY: "any"}) for store in (*self._store(), *self._earlier())]
        if CACHE_KEY in values and named and {pointer: named} not in ours:
            raise EnvFileError(
                f"set {CACHE_KEY} in {self.where}",
                expected="a key of this project's, or none yet",
                seen=f"{pointer} naming a file of somebody else's",
                hint=f"Replace the key in that file, or delete the line {pointer} in {self.env_path}.",
            )

    def _in_env(self, values: Mapping[str, str]) -> tuple[dict[str, str], set[str]]:
        """Return what `.env` is to hold, and what it may not hold besides other credentials."""
        both = {FILE_NAMES[name] for name in values if name in FILE_NAMES}
        if self.place is None:
            return dict(values), both
        (store,) = self._store()
        in_env = {name: value for name, value in values.items() if name not in SECRET_NAMES}
        in_env |= store.pointers(values)
        return in_env, (both | SECRET_NAMES).difference(in_env)

    def _store(self) -> list[Store]:
        return [self._at(self.place)] if self.place else []

    def _earlier(self) -> list[Store]:
        noted = [place for place in self.record.read() if place != self.place]
        return [self._at(place) for place in noted if place.path.parent.is_dir()]

    def _at(self, place: Place) -> Store:
        if place.kind == "files":
            return FolderStore(place.path)
        return VaultStore(place.path, self.cipher)


def _translated(update: EnvUpdate) -> Update:
    tightened = (update.path,) if update.mode_tightened else ()
    return Update(update.changed, tightened, update.before, update.after)
