"""What `-i` names: files of every form, folders of them, programs and host lists."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from ospatrol.inventory.documents import Text, read_document, read_text, read_toml
from ospatrol.inventory.draft import UNGROUPED, Draft
from ospatrol.inventory.ini import read_ini
from ospatrol.inventory.names import split_port
from ospatrol.inventory.script import read_script
from ospatrol.inventory.tree import TreeReader
from ospatrol.inventory.written import Written
from ospatrol.load.vault import VaultKeys
from ospatrol.model.errors import ConfigError
from ospatrol.model.place import Place

YAML_SUFFIXES = (".yml", ".yaml", ".json")

# ansible-core's defaults for entries of a folder that are no sources
_NO_SOURCE = re.compile(
    r"^\.|^host_vars$|^group_vars$|^vars_plugins$"
    r"|(?:\.pyc|\.pyo|\.swp|\.bak|~|\.rpm|\.md|\.txt|\.rst|\.orig|\.cfg|\.retry)$"
)
_LOOKS_LIKE_YAML = re.compile(r"\A(?:\s*(?:#[^\n]*)?\n)*(?:---|%YAML|[\w.\"'-]+:\s*(?:#[^\n]*)?$)", re.MULTILINE)


def read_sources(sources: Iterable[str], keys: VaultKeys, draft: Draft) -> list[ConfigError]:
    """Add what all sources say, in their order.

    Args:
        sources: As a person named them after `-i`.
        keys: The vault passwords.
        draft: Gets groups, hosts and variables.

    Returns:
        Every mistake in them.
    """
    problems: list[ConfigError] = []
    for source in sources:
        path = source_path(source)
        if path is None:
            _read_host_list(source, draft)
        else:
            _Reader(keys, draft, problems).read(path)
    return problems


def source_path(source: str) -> Path | None:
    """The file or folder that a source is; None for a host list such as `web1,web2,`."""
    path = Path(os.path.expandvars(source)).expanduser()
    return None if "," in source and not path.exists() else path


def _read_host_list(source: str, draft: Draft) -> None:
    draft.source = source
    place = Place("host list")
    group = draft.groups[UNGROUPED]
    for item in source.split(","):
        text = item.strip()
        name, port = (text, None) if "[" in text and not text.startswith("[") else split_port(text)
        if name and name not in draft.hosts:
            draft.add_host(name, place, group=group, port=port)


class _Reader:
    """Reads one source; a folder is read as its entries, in the order of their names."""

    def __init__(self, keys: VaultKeys, draft: Draft, problems: list[ConfigError]) -> None:
        self._keys = keys
        self._draft = draft
        self._problems = problems

    def read(self, path: Path) -> None:
        """Add what a file or folder says."""
        if path.is_dir():
            for entry in sorted(path.iterdir()):
                if not _NO_SOURCE.search(entry.name):
                    self.read(entry)
            return
        self._draft.source = os.path.normpath(path.absolute())
        try:
            self._read_file(path)
        except ConfigError as error:
            self._problems.append(error)

    def _read_file(self, path: Path) -> None:
        shown = str(path)
        if not path.exists():
            raise ConfigError(Place(shown), "there is no such inventory")
        if os.access(path, os.X_OK) and read_script(path, self._draft):
            return
        text = read_text(path, self._keys)
        if path.suffix == ".toml":
            self._read_tree(read_toml(text.text, shown), shown, text)
        elif path.suffix and path.suffix not in YAML_SUFFIXES:
            read_ini(text.text, shown, self._draft, self._problems, secret=text.secret)
        else:
            self._read_yaml_or_ini(text, shown, path.suffix)

    def _read_yaml_or_ini(self, text: Text, shown: str, suffix: str) -> None:
        """A name without a suffix says nothing, and even `.yml` may hold INI: as Ansible, YAML is tried first."""
        problem: ConfigError | None = None
        document: Written = None
        try:
            document = read_document(text.text, shown)
        except ConfigError as error:
            problem = error
        if isinstance(document, Mapping):
            self._read_tree(document, shown, text)
        elif document is not None or problem is not None:
            self._read_ini_unless_yaml(text, shown, suffix, problem)

    def _read_ini_unless_yaml(self, text: Text, shown: str, suffix: str, problem: ConfigError | None) -> None:
        mistakes: list[ConfigError] = []
        read_ini(text.text, shown, self._draft, mistakes, secret=text.secret)
        if mistakes and (suffix or _LOOKS_LIKE_YAML.match(text.text)):
            what = "a YAML inventory must be a mapping of groups"
            mistakes = [problem or ConfigError(Place(shown, 1), what)]
        self._problems.extend(mistakes)

    def _read_tree(self, document: Mapping[str, Written], shown: str, text: Text) -> None:
        plugin = document.get("plugin")
        if plugin:
            raise ConfigError(
                Place(shown),
                f"inventory plugin {plugin!r} is Ansible's own code; give its result instead: "
                "an executable that prints what `ansible-inventory --list` prints",
            )
        TreeReader(self._draft, self._problems, secret=text.secret).read(document, Place(shown))
