"""What would be sent, without connecting to anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.command import Command, Sent
from ospatrol.transport.host_connection import as_sent, prepare

if TYPE_CHECKING:
    from ospatrol.model.host import Target
    from ospatrol.transport.policy import CommandPolicy

_NONCE = "<nonce>"
_HALVES = '<no""nce>'  # the bootstrap shows it in two halves


def describe(policy: CommandPolicy, target: Target, command: Command) -> Sent:
    """The transcript line that a command would give; `<nonce>` stands for what is new each time, and `at` is 0.

    Raises:
        CommandNotAllowed: the policy does not hold the script.
        ElevationFailed: the elevation cannot be written down.
    """
    sent = as_sent(prepare(policy, target, command, user=target.user or "", nonce=_NONCE), 0.0)
    return msgspec.structs.replace(sent, exec_line=sent.exec_line.replace(_HALVES, _NONCE))
