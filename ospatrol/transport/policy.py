"""What may leave the process: nothing, except the scripts that collectors declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.errors import CommandNotAllowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ospatrol.model.command import Command, Script


class CommandPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The read-only command policy of one platform: default-deny, by digest of the whole script.

    Attributes:
        platform: `Target.platform` that it is for.
        scripts: Digests of the scripts that may be sent.
    """

    platform: str = "posix"
    scripts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, scripts: Iterable[Script], platform: str = "posix") -> CommandPolicy:
        """The policy that lets through these scripts, and no other text."""
        return cls(platform=platform, scripts=frozenset(script.digest for script in scripts))

    def admit(self, command: Command, host: str) -> None:
        """Return if the command may be sent to the host.

        Raises:
            CommandNotAllowed: its script is none of the declared ones, or an argument holds a NUL.
        """
        if command.script.digest not in self.scripts:
            raise CommandNotAllowed(
                f"{host}: the script {command.script.name!r} ({command.script.digest[:12]}) is not declared "
                f"for the platform {self.platform!r}; nothing was sent"
            )
        if any("\0" in arg for arg in command.args):
            raise CommandNotAllowed(f"{host}: an argument of {command.script.name!r} holds a NUL; nothing was sent")


def policy_for(platform: str, policies: Iterable[CommandPolicy]) -> CommandPolicy:
    """The policy of a platform; one that lets nothing through where there is none."""
    return next((each for each in policies if each.platform == platform), CommandPolicy(platform=platform))
