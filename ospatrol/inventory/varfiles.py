"""`group_vars` and `host_vars`: files and folders of variables beside an inventory or a playbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ospatrol.inventory.documents import read_document, read_text
from ospatrol.inventory.sources import YAML_SUFFIXES
from ospatrol.inventory.tree import at
from ospatrol.inventory.written import Variable, Variables
from ospatrol.load.vault import VaultKeys
from ospatrol.model.errors import ConfigError
from ospatrol.model.place import Place

_NOTHING: Variables = {}


class VariableFiles:
    """The variable files below one folder, read when they are asked for, each once.

    Args:
        folder: The folder that holds `group_vars` and `host_vars`.
        keys: The vault passwords.
    """

    def __init__(self, folder: Path, keys: VaultKeys) -> None:
        self._groups = _Kind(folder / "group_vars", keys)
        self._hosts = _Kind(folder / "host_vars", keys)

    def of_group(self, name: str) -> Variables:
        """The variables of a group; empty where there is no file for it.

        Raises:
            ConfigError: a file is unreadable, encrypted without password, malformed or no mapping.
        """
        return self._groups.of(name)

    def of_host(self, name: str) -> Variables:
        """The variables of a host; as of a group."""
        return self._hosts.of(name)


class _Kind:
    """One `group_vars` or `host_vars` folder."""

    def __init__(self, folder: Path, keys: VaultKeys) -> None:
        self._folder = folder
        self._keys = keys
        self._read: dict[str, Variables | ConfigError] = {}
        self._entries = frozenset(entry.name for entry in folder.iterdir()) if folder.is_dir() else frozenset()

    def of(self, name: str) -> Variables:
        # a name with a slash is that of a chroot, or of a file further down
        if not self._entries or name.startswith("/"):
            return _NOTHING
        known = self._read.get(name)
        if known is None:
            entry = next((name + suffix for suffix in ("", *YAML_SUFFIXES) if self._has(name + suffix)), None)
            if entry is None:
                return _NOTHING
            known = self._read[name] = self._variables(entry)
        if isinstance(known, ConfigError):
            raise known
        return known

    def _has(self, entry: str) -> bool:
        return (self._folder / entry).exists() if "/" in entry else entry in self._entries

    def _variables(self, entry: str) -> Variables | ConfigError:
        """What an entry says, or what is wrong with it: that is kept too, as many hosts may ask."""
        merged: dict[str, Variable] = {}
        try:
            for path in _files(self._folder / entry):
                merged.update(_read_file(path, self._keys))
        except ConfigError as error:
            return error
        return merged


def _files(path: Path) -> Iterator[Path]:
    """The files of an entry: itself, or those in it at any depth, in the order of their names."""
    if not path.is_dir():
        yield path
        return
    for inner in sorted(path.iterdir()):
        if inner.name.startswith(".") or inner.name.endswith("~"):
            continue
        if inner.is_dir():
            if not inner.suffix:
                yield from _files(inner)
        elif inner.is_file() and (not inner.suffix or inner.suffix in YAML_SUFFIXES):
            yield inner


def _read_file(path: Path, keys: VaultKeys) -> Variables:
    text = read_text(path, keys)
    shown = str(path)
    document = read_document(text.text, shown)
    if not document:
        return _NOTHING
    if not isinstance(document, Mapping):
        raise ConfigError(Place(shown, 1), "a file of variables must be a mapping of names to values")
    place = Place(shown)
    return {name: Variable(value, at(document, name, place), text.secret) for name, value in document.items()}
