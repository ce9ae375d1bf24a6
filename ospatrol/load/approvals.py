"""Approval files: one YAML file a host, written by `ospatrol baseline approve` and reviewed like code."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
import yaml

from ospatrol.load.fields import read_struct, unknown_keys
from ospatrol.load.yaml import Lined, LinedList, read_yaml
from ospatrol.model.approval import Approval, Approvals
from ospatrol.model.errors import ConfigError, ConfigErrors
from ospatrol.model.place import Place

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = "# Approved baselines: what this host may look like, who says so and why. Review it like code.\n"


def approvals_path(folder: Path, host: str) -> Path:
    """The file that holds a host's approvals; no host name can lead out of the folder."""
    name = quote(host, safe="@:+ ").lstrip(".") or "_"
    return folder / f"{name}.yml"


def read_approvals(folder: Path, host: str) -> Approvals:
    """A host's approvals; none where it has no file.

    Raises:
        ConfigErrors: the file cannot be read, is another host's, or its chain is broken.
    """
    path = approvals_path(folder, host)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Approvals(host=host)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigErrors([ConfigError(Place(str(path)), f"cannot be read: {error}")]) from error
    problems: list[ConfigError] = []
    try:
        node = read_yaml(text, str(path))
    except ConfigError as error:
        raise ConfigErrors([error]) from error
    approvals = _approvals(node, host, Place(str(path)), problems)
    _check_chain(approvals, problems)
    if problems:
        raise ConfigErrors(problems)
    return Approvals(host=host, approvals=approvals)


def write_approvals(folder: Path, approvals: Approvals) -> Path:
    """Writes a host's file anew: whole or not at all.

    Raises:
        ConfigErrors: the folder cannot be written.
    """
    path = approvals_path(folder, approvals.host)
    content = {
        "host": approvals.host,
        "approvals": [_as_written(approval) for approval in approvals.approvals],
    }
    text = _HEAD + yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=120)
    half = path.with_suffix(".yml.new")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        half.write_text(text, encoding="utf-8")
        half.replace(path)
    except OSError as error:
        raise ConfigErrors([ConfigError(Place(str(path)), f"cannot be written: {error}")]) from error
    return path


def _as_written(approval: Approval) -> object:
    written: dict[str, object] = msgspec.to_builtins(approval)
    written.pop("place", None)
    return written


def _approvals(node: object, host: str, place: Place, problems: list[ConfigError]) -> tuple[Approval, ...]:
    if not isinstance(node, Lined):
        problems.append(ConfigError(place, "expected a mapping with `host` and `approvals`"))
        return ()
    unknown_keys(node, ["host", "approvals"], problems)
    if node.get("host") != host:
        problems.append(
            ConfigError(node.at("host"), f"this file is the baseline of {host!r}, not {node.get('host')!r}")
        )
    listed = node.get("approvals")
    if not isinstance(listed, LinedList):
        problems.append(ConfigError(node.at("approvals"), "`approvals` is a list"))
        return ()
    read = [read_struct(item, Approval, listed.at(index), problems) for index, item in enumerate(listed)]
    return tuple(approval for approval in read if approval is not None)


def _check_chain(approvals: tuple[Approval, ...], problems: list[ConfigError]) -> None:
    """Each approval starts from the result of the one before: a line taken out of the middle is seen."""
    last: dict[tuple[str, str], str] = {}
    for approval in approvals:
        chain = (approval.of, approval.task)
        if approval.previous != last.get(chain, ""):
            problems.append(
                ConfigError(
                    approval.place,
                    f"`previous` is not the result of the approval of {approval.task!r} before it; "
                    "was one taken out, or were two branches merged?",
                )
            )
        last[chain] = approval.result
