"""Where an application's credentials are read and written, wherever that is."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mautic_bootstrap.env import file as env_file
from mautic_bootstrap.env import guards
from mautic_bootstrap.env.credentials import (
    CACHE_KEY,
    ENV_NAMES,
    FILE_NAMES,
    SECRET_NAMES,
    read_values,
)
from mautic_bootstrap.env.file import EnvUpdate
from mautic_bootstrap.errors import EnvFileError
from mautic_bootstrap.sinks.folder import FolderStore
from mautic_bootstrap.sinks.record import Noted, PlaceRecord
from mautic_bootstrap.sinks.store import Place, Store, Update
from mautic_bootstrap.sinks.vault import Cipher, VaultStore

_AUTHENTICATING = SECRET_NAMES - {CACHE_KEY}


@dataclass(frozen=True)
class Sink:
    """An application's `.env`, and perhaps a store beside it that holds the secrets instead.

    Values go in and come out by the names that the application knows them by. Another store than the run before
    had moves the secrets: the new place is complete before `.env` changes, and the old one is emptied last, of what
    this instance wrote there: it may be somebody else's by now.
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
        for store, noted in self._earlier():
            if os.path.lexists(noted.path) and not _is_known_to_be_taken_over(store, noted):
                said += store.problems("app_secret_path of an earlier run")
        return said

    def read(self) -> dict[str, str]:
        """Return what of our variables the application would be told; nothing at all where nothing is yet.

        Raises:
            EnvFileError: A place cannot be read or understood.
        """
        values = read_values(self.env_path)
        named = {name: values.pop(name) for name in FILE_NAMES.values() if name in values}
        for store in self._store():
            present = store.read()
            foreign = self._foreign(store, present)
            for name in foreign & present.keys():
                # One that `.env` names was changed by hand, or the record of it is lost.
                if not store.pointers({name: present[name]}).items() <= named.items():
                    del present[name]
            values |= present
        for store, noted in self._earlier():
            moving = noted.left(store.read())
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
        update = Update(warnings=self._warnings())
        for store in self._store():
            update += store.plan(values, self._foreign(store, store.read()))
        in_env, removed = self._in_env(values)
        update += _translated(env_file.plan(self.env_path, in_env, removed))
        for store, noted in self._earlier():
            present = store.read()
            if not noted.is_taken_over(present):
                update += store.plan({}, _all_but(noted.left(present)))
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
        update = Update(warnings=self._warnings())
        own = [self._noted_at(self.place)] if self.place else []
        out_of_reach = self._out_of_reach()
        kept = [*out_of_reach, *(noted for _, noted in earlier)]
        self.record.write([*kept, *(noted.before(values) for noted in own)])
        for store in self._store():
            update += store.write(values, self._foreign(store, store.read()))
        in_env, removed = self._in_env(values)
        update += _translated(env_file.write(self.env_path, in_env, removed))
        for store, noted in earlier:
            present = store.read()
            if not noted.is_taken_over(present):
                update += store.write({}, _all_but(noted.left(present)))
        self.record.write([*out_of_reach, *(self._noted_at(n.place).after(values) for n in own)])
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
        stores = [*self._store(), *(store for store, _ in self._earlier())]
        ours = [store.pointers({CACHE_KEY: "any"}) for store in stores]
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

    def _earlier(self) -> list[tuple[Store, Noted]]:
        """Return the places that are used no longer, as far as they can be reached."""
        return [(self._at(n.place), n) for n in self._others() if n.path.parent.is_dir()]

    def _out_of_reach(self) -> list[Noted]:
        """Return those on a disk that is not there now: a later run empties them."""
        return [noted for noted in self._others() if not noted.path.parent.is_dir()]

    def _others(self) -> list[Noted]:
        return [noted for noted in self.record.read() if not noted.is_at(self.place)]

    def _noted_at(self, place: Place) -> Noted:
        known = [noted for noted in self.record.read() if noted.is_at(place)]
        return replace(known[0], path=place.path) if known else Noted(place.kind, place.path)

    def _foreign(self, store: Store, present: Mapping[str, str]) -> set[str]:
        """Return the names under which somebody else's secrets stand beside ours; in a vault all are ours."""
        if store.place.kind != "files":
            return set()
        return set(present).difference(self._noted_at(store.place).ours(present))

    def _warnings(self) -> tuple[str, ...]:
        out_of_reach = [
            f"{noted.path} held this instance's secrets and cannot be reached, as {noted.path.parent} is not there:"
            " what is in it stays until a later run can remove it. If it is gone for good, remove it from"
            f" {self.record.path}"
            for noted in self._out_of_reach()
        ]
        taken_over = [
            f"{noted.path} holds other secrets than this instance wrote there, so it is left as it is; delete what"
            " nobody uses"
            for store, noted in self._earlier()
            if noted.is_taken_over(store.read())
        ]
        return (*out_of_reach, *taken_over)

    def _at(self, place: Place) -> Store:
        if place.kind == "files":
            return FolderStore(place.path)
        return VaultStore(place.path, self.cipher)


def _translated(update: EnvUpdate) -> Update:
    tightened = (update.path,) if update.mode_tightened else ()
    return Update(update.changed, tightened, update.before, update.after)


def _all_but(ours: Mapping[str, str]) -> set[str]:
    return set(ENV_NAMES).difference(ours)


def _is_known_to_be_taken_over(store: Store, noted: Noted) -> bool:
    try:
        return noted.is_taken_over(store.read())
    except EnvFileError:
        return False
