"""Sources that are programs: `--list` and, where they give no `_meta`, `--host NAME`."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Mapping
from pathlib import Path

from ospatrol.inventory.documents import read_json
from ospatrol.inventory.draft import Draft, GroupDraft
from ospatrol.inventory.written import UNSAFE_TAG, Variable, Written
from ospatrol.load.yaml import Tagged
from ospatrol.model.errors import ConfigError
from ospatrol.model.place import Place
from ospatrol.model.text import escape_controls

_LIMIT_S = 300.0


def read_script(path: Path, draft: Draft) -> bool:
    """Add what an inventory program says.

    Args:
        path: The program; it runs with this process's rights and environment.
        draft: Gets groups, hosts and variables.

    Returns:
        False if the file is no program after all, though it is marked as one.

    Raises:
        ConfigError: it fails, takes too long, or prints no inventory.
    """
    place = Place(str(path))
    try:
        listed = _run(path, ["--list"], place, draft)
    except OSError as error:
        if error.errno in {errno.ENOEXEC, errno.EACCES}:
            return False
        raise ConfigError(place, f"cannot be run: {(error.strerror or 'error').lower()}") from error
    _Reader(path, place, draft).read(listed)
    return True


def _run(path: Path, arguments: list[str], place: Place, draft: Draft) -> Mapping[str, Written]:
    command = [str(path.absolute()), *arguments]
    try:
        done = subprocess.run(  # a person named this program; no shell is involved
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ConfigError(place, f"{' '.join(arguments)}: no answer within {_LIMIT_S:.0f} s") from error
    complaint = escape_controls(done.stderr.decode("utf-8", "replace").strip(), 500)
    if done.returncode:
        raise ConfigError(place, f"{' '.join(arguments)} ended with status {done.returncode}: {complaint}")
    if complaint:
        draft.warnings.append(f"{place}: {' '.join(arguments)} says: {complaint}")
    if "--host" in arguments and not done.stdout.strip():
        return {}
    try:
        said = read_json(done.stdout.decode())
    except ValueError as error:
        raise ConfigError(place, f"{' '.join(arguments)} prints no JSON: {error}") from error
    if not isinstance(said, Mapping):
        raise ConfigError(place, f"{' '.join(arguments)} must print a JSON object")
    return said


class _Reader:
    """Adds what `--list` printed."""

    def __init__(self, path: Path, place: Place, draft: Draft) -> None:
        self._path = path
        self._place = place
        self._draft = draft
        self._hosts: dict[str, None] = {}

    def read(self, listed: Mapping[str, Written]) -> None:
        """Take in the groups, then the variables of their hosts."""
        for name, content in listed.items():
            if name != "_meta":
                self._group(name, content)
        meta = listed.get("_meta")
        known = None if meta is None else self._mapping(self._mapping(meta, "_meta").get("hostvars"), "_meta.hostvars")
        for host in self._hosts:
            if known is None:
                variables = _run(self._path, ["--host", host], self._place, self._draft)
            else:
                variables = self._mapping(known.get(host, {}), f"_meta.hostvars.{host}")
            self._set(host, variables)

    def _group(self, name: str, content: Written) -> None:
        group = self._draft.add_group(name, self._place)
        if isinstance(content, list):
            self._members(group, content)
            return
        parts = self._mapping(content, name)
        if not parts.keys() & {"hosts", "vars", "children"}:
            # a form older than groups with variables: the group is its only host
            self._members(group, [name])
            self._set(name, {key: _unsafe(value) for key, value in parts.items()})
            return
        if "hosts" in parts:
            self._members(group, parts["hosts"])
        if "vars" in parts:
            self._set(name, self._mapping(parts["vars"], f"{name}.vars"))
        children = parts.get("children", [])
        if not isinstance(children, list | Mapping):
            raise ConfigError(self._place, f"{name}.children must be a list")
        for child in children:
            self._draft.add_child(group, self._draft.add_group(str(child), self._place), self._place)

    def _members(self, group: GroupDraft, hosts: Written) -> None:
        if not isinstance(hosts, list) or not all(isinstance(host, str) for host in hosts):
            raise ConfigError(self._place, f"{group.name}.hosts must be a list of names")
        for host in hosts:
            self._hosts[host] = None
            self._draft.add_host(host, self._place, group=group)

    def _set(self, entity: str, variables: Mapping[str, Written]) -> None:
        for name, value in variables.items():
            self._draft.set_variable(entity, name, Variable(value, self._place))

    def _mapping(self, value: Written, name: str) -> Mapping[str, Written]:
        if not isinstance(value, Mapping):
            raise ConfigError(self._place, f"{name} must be a JSON object")
        return value


def _unsafe(value: Written) -> Written:
    """The same value with text that is never a template."""
    if isinstance(value, str):
        return Tagged(UNSAFE_TAG, value, Place(""))
    if isinstance(value, Mapping):
        return {key: _unsafe(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unsafe(item) for item in value]
    return value
