"""The folder a command is run in: its settings, inventory and plays."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ospatrol.load.settings import read_settings
from ospatrol.model.errors import ConfigError, ConfigErrors, UsageError
from ospatrol.model.place import Place
from ospatrol.model.settings import Settings

SETTINGS_FILE = "ospatrol.toml"


def current_settings() -> Settings:
    """The settings of the current folder and environment; the file that OSPATROL_CONFIG names must exist.

    Raises:
        ConfigErrors: every mistake in them.
    """
    named = os.environ.get("OSPATROL_CONFIG")
    path = Path(named or SETTINGS_FILE)
    try:
        text = path.read_text(encoding="utf-8") if named or path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigErrors([ConfigError(Place(str(path)), unreadable(error))]) from error
    return read_settings(text, str(path), os.environ)


def unreadable(error: OSError | UnicodeDecodeError) -> str:
    """Why a file that a person named cannot be read."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return f"cannot be read: {error.strerror if isinstance(error, OSError) else 'it is no UTF-8'}"


def inventory_sources(settings: Settings, sources: Sequence[str]) -> tuple[str, ...]:
    """What -i named, or else what the settings say.

    Raises:
        UsageError: neither names anything that exists.
    """
    if sources:
        return tuple(sources)
    found = tuple(source for source in settings.inventory if "," in source or Path(source).exists())
    if not found:
        raise UsageError(
            f"no inventory: {', '.join(settings.inventory)} does not exist here; name one with -i PATH, "
            "or name hosts, such as `ospatrol scan ssh://user@host`"
        )
    return found
