"""The rules that judge: those that ship, and the workspace's own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ospatrol.engine.rulebook import Rulebook, read_rulebook
from ospatrol.model.errors import ConfigError, ConfigErrors
from ospatrol.model.place import Place
from ospatrol.patrol.content import content_folder


def open_rulebook(own: Iterable[str]) -> Rulebook:
    """The shipped rules, then those of a workspace's files and folders.

    Args:
        own: Paths; one that does not exist is passed over, as the default `rules/` may.

    Raises:
        ConfigErrors: every mistake in them.
    """
    shipped = content_folder("rules")
    files = _yaml_files(shipped)
    for each in own:
        path = Path(each)
        if path.exists():
            files.extend(_yaml_files(path))
    once = {file.resolve(): file for file in reversed(files)}  # a file may be named beside the folder that holds it
    return read_rulebook([(str(file), _text(file)) for file in reversed(once.values())])


def _yaml_files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(each for each in path.rglob("*") if each.suffix in {".yml", ".yaml"} and each.is_file())


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigErrors([ConfigError(Place(str(file)), f"cannot be read: {error}")]) from error
