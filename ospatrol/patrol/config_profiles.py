"""Which device profiles there are: those that ship, and those of a workspace, which win."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from ospatrol.integrity.config_profile import ReadyProfile
from ospatrol.load.device_profile import read_device_profile
from ospatrol.load.fields import did_you_mean
from ospatrol.model.device_profile import DeviceProfile
from ospatrol.model.errors import ConfigError, ConfigErrors
from ospatrol.model.host import NetworkOs
from ospatrol.model.place import Place
from ospatrol.patrol.content import content_folder

GENERAL = "generic"
"""The profile of what holds on every platform."""
_FOLDER = Path("playbooks") / "devices"
_SUFFIXES = {".yml", ".yaml"}


class ProfileLibrary:
    """The device profiles; each file is read once, and each profile made ready once.

    Args:
        own: The workspace's folder of profiles; it need not exist.
    """

    def __init__(self, own: Path = _FOLDER) -> None:
        self._own = own
        self._ready: dict[str, ReadyProfile] = {}

    @cached_property
    def profiles(self) -> Mapping[str, DeviceProfile]:
        """Every profile by its platform.

        Raises:
            ConfigErrors: every mistake in all files.
        """
        shipped = content_folder("playbooks") / "devices"
        found = _read(shipped)
        if self._own.is_dir() and self._own.resolve() != shipped.resolve():
            found |= _read(self._own)
        return dict(sorted(found.items()))

    def open(self) -> None:
        """Read every file now rather than when a profile is first asked for.

        Raises:
            ConfigErrors: every mistake in all files.
        """
        self.profiles  # noqa: B018 - cached from now on

    def named(self, name: str) -> DeviceProfile | None:
        """The profile of a platform, by any of its names; one of its own wins over one that behaves alike."""
        profiles = self.profiles
        if name in profiles and name != GENERAL:
            return profiles[name]
        return next((each for each in profiles.values() if name in each.also), None)

    def ready(self, name: str) -> ReadyProfile:
        """The same, ready to be used.

        Raises:
            ConfigError: there is none.
            ConfigErrors: a pattern in it cannot be used.
        """
        profile = self.named(name)
        if profile is None:
            known = [platform for platform in self.profiles if platform != GENERAL]
            place = Place(str(self._own))
            raise ConfigError(place, f"no device profile has the name {name!r}{did_you_mean(name, known)}")
        if profile.platform not in self._ready:
            self._ready[profile.platform] = ReadyProfile(profile, self.profiles[GENERAL])
        return self._ready[profile.platform]

    def commands(self) -> Mapping[str, frozenset[str]]:
        """All that profiles may ask of each network platform, for the policy of commands."""
        asked: dict[str, frozenset[str]] = {}
        for os in NetworkOs:
            profile = self.named(os.value)
            if profile is not None:
                asked[os.value] = profile.commands
        return asked


def _read(folder: Path) -> dict[str, DeviceProfile]:
    found: dict[str, DeviceProfile] = {}
    problems: list[ConfigError] = []
    for path in sorted(folder.iterdir()):
        if path.suffix not in _SUFFIXES:
            continue
        try:
            profile = read_device_profile(path.read_text(encoding="utf-8"), str(path))
        except ConfigErrors as error:
            problems += error.errors
            continue
        except (OSError, UnicodeDecodeError) as error:
            problems.append(ConfigError(Place(str(path)), f"cannot be read: {error}"))
            continue
        if profile.platform in found:
            other = found[profile.platform].place
            problems.append(ConfigError(profile.place, f"{other} is a profile of {profile.platform!r} too"))
        found[profile.platform] = profile
    if problems:
        raise ConfigErrors(problems)
    return found
