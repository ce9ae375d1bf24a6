"""Files that Ansible reads as YAML or JSON, encrypted or not."""

from __future__ import annotations

import json
import os
import stat
import tomllib
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path

import msgspec

from ospatrol.inventory.written import Written
from ospatrol.load.vault import VaultKeys, decrypt, is_vault
from ospatrol.load.yaml import Flavour, Tagged, read_yaml
from ospatrol.model.errors import ConfigError
from ospatrol.model.place import Place

_SIZE_LIMIT = 64 * 1024 * 1024


class Text(msgspec.Struct, frozen=True):
    """What a file holds.

    Attributes:
        text: Decrypted.
        secret: Whether it was encrypted.
    """

    text: str
    secret: bool


def read_text(path: Path, keys: VaultKeys) -> Text:
    """A file's text, decrypted where need be.

    Args:
        path: The file, as a person named it.
        keys: The vault passwords.

    Raises:
        ConfigError: the file cannot be read, decrypted, is huge or is no UTF-8.
    """
    shown = str(path)
    place = Place(shown)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) and shown != os.devnull:
            raise ConfigError(place, "is no regular file")
        if status.st_size > _SIZE_LIMIT:
            raise ConfigError(place, "larger than any inventory")
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(place, f"cannot be read: {(error.strerror or 'error').lower()}") from error
    secret = is_vault(raw)
    if secret:
        raw = decrypt(raw.decode("ascii", "replace"), keys, Place(shown, 1))
    try:
        return Text(raw.decode("utf-8-sig"), secret)
    except UnicodeDecodeError:
        return Text(_without_bad_comments(raw, shown), secret)


def read_document(text: str, shown: str) -> Written:
    """What a YAML or JSON text says, as Ansible reads it.

    Raises:
        ConfigError: it is neither.
    """
    if text.lstrip()[:1] in {"{", "["}:
        try:
            decoded = read_json(text)
        except ValueError:
            return read_yaml(text, shown, flavour=Flavour.ANSIBLE)
        return _with_lines(text, shown, decoded)
    return read_yaml(text, shown, flavour=Flavour.ANSIBLE)


def read_json(text: str) -> Written:
    """What a JSON text says; `__ansible_vault` and `__ansible_unsafe` become what the YAML tags mean.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        decoded: Written = json.loads(text, object_hook=_tagged)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return decoded


def read_toml(text: str, shown: str) -> Mapping[str, Written]:
    """What a TOML inventory says, in the shape of a YAML one.

    Raises:
        ConfigError: it is no TOML.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(Place(shown), f"not valid TOML: {error}") from error
    return {name: _children_as_keys(_without_dates(group)) for name, group in document.items()}


def _children_as_keys(group: Written) -> Written:
    if not isinstance(group, Mapping) or not isinstance(group.get("children"), list):
        return group
    children = group["children"]
    assert isinstance(children, list)  # noqa: S101  # the line above says so; this tells mypy
    return {**group, "children": {str(child): None for child in children}}


def _without_dates(value: object) -> Written:
    match value:
        case dict():
            return {str(key): _without_dates(item) for key, item in value.items()}
        case list():
            return [_without_dates(item) for item in value]
        case date() | time():
            return value.isoformat()
        case None | bool() | int() | float() | str():
            return value
        case _:
            raise TypeError(f"TOML has no {type(value).__name__}")


def _tagged(decoded: dict[str, Written]) -> Written:
    for key, tag in (("__ansible_vault", "!vault"), ("__ansible_unsafe", "!unsafe")):
        text = decoded.get(key)
        if isinstance(text, str):
            return Tagged(tag, text, Place(""))
    return decoded


def _with_lines(text: str, shown: str, decoded: Written) -> Written:
    """The same value with lines, where YAML reads the text alike."""
    try:
        lined = read_yaml(text, shown, flavour=Flavour.ANSIBLE)
    except ConfigError:
        return decoded
    return lined if lined == decoded else decoded


def _without_bad_comments(raw: bytes, shown: str) -> str:
    """The text, where only comment lines are no UTF-8."""
    lines = []
    for number, line in enumerate(raw.splitlines(), 1):
        try:
            lines.append(line.decode())
        except UnicodeDecodeError as error:
            if line.lstrip()[:1] not in {b"#", b";"}:
                raise ConfigError(Place(shown, number), "not valid UTF-8") from error
            lines.append("")
    return "\n".join(lines)
