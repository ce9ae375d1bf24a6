"""How a declared script is started on a host: text in, text out.

One request a command, `exec sh -c '...'`, that every login shell understands. What stands between the quotes

1. prints a mark that says "a POSIX shell is up" (a banner that came before is skipped);
2. reads the script from standard input, which has a known length, and prints a second mark;
3. runs the script, whose standard input is what the collector writes.

Nothing but the script is written before the second mark, so that whatever reads the script cannot read ahead into the
collector's input. `head -c` takes half the time that `read -r` line by line takes (2.0 -> 0.75 ms for 10 kB in dash).
The marks hold a nonce which the command line shows in two halves only: an echo of the command is no mark.

On a terminal (su and doas with a password) there is no end of input: the collector's input goes over in frames, a line
with a byte count before each and `0` at the end, which the bootstrap takes off again. Standard error is dropped there,
because a terminal would mix it into the output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.command import Command
from ospatrol.transport.elevation import Elevation, elevation
from ospatrol.transport.quoting import quote

if TYPE_CHECKING:
    from ospatrol.model.host import Become
    from ospatrol.transport.policy import CommandPolicy

# no single quote, no exclamation mark, no backslash, one line: what csh, fish and su need
_HEAD = "LC_ALL=C; export LC_ALL; PATH=$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin; "
_TAKE = (
    "echo {mark}:up; _ospatrol=$(head -c {length} 2>/dev/null || dd bs=1 count={length} 2>/dev/null); "
    "case $_ospatrol in *{mark}) echo {mark}:go;; *) echo {mark}:cut; exit 125;; esac; "
)
_RUN = 'eval "$_ospatrol"'
# the reader goes to the background, so that the command ends when the script does, whatever is still to be read
_UNFRAME = (
    "exec 3<&0 2>/dev/null; "
    '{ { while read -r _n && [ "$_n" -gt 0 ]; do dd ibs=1 obs=65536 count="$_n" 2>/dev/null; done; } <&3 3<&- & } | '
    "{ exec 3<&-; " + _RUN + "; }"
)
_RAW_TERMINAL = "stty raw -echo 2>/dev/null; "


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """A command that the policy has admitted, ready to be sent; `launch` is the only thing that makes one.

    Attributes:
        command: What runs.
        host: For messages.
        nonce: Makes the marks ones that nothing else prints.
        elevation: How it becomes another user.
        argv: The command line.
        script: What is written to standard input once the shell is up.
    """

    command: Command
    host: str
    nonce: str
    elevation: Elevation
    argv: tuple[str, ...]
    script: bytes

    @property
    def exec_line(self) -> str:
        """What an SSH server is asked to run."""
        return "exec " + " ".join(quote(word) for word in self.argv)

    @property
    def terminal(self) -> bool:
        """Whether it needs a terminal, where input goes over in frames."""
        return self.elevation.terminal


def launch(policy: CommandPolicy, command: Command, *, host: str, become: Become | None, nonce: str) -> Launch:
    """Make a declared command ready to be sent.

    Args:
        policy: What may be sent to the host.
        command: What shall run.
        host: The inventory name, for messages.
        become: The elevation that the target asks for.
        nonce: An even number of characters of [A-Za-z0-9<>], new for each command.

    Raises:
        CommandNotAllowed: the policy does not hold the script.
        ElevationFailed: the elevation cannot be written down.
    """
    policy.admit(command, host)
    rise = elevation(become, host, nonce)
    script = script_bytes(command, nonce)
    half = len(nonce) // 2
    mark = f'{nonce[:half]}""{nonce[half:]}'
    take = _HEAD + _TAKE.format(mark=mark, length=len(script))
    boot = _RAW_TERMINAL + take + _UNFRAME if rise.terminal else take + _RUN
    argv = rise.argv(("sh", "-c", boot))
    return Launch(command=command, host=host, nonce=nonce, elevation=rise, argv=argv, script=script)


def script_bytes(command: Command, nonce: str) -> bytes:
    """The script as it is written to the shell: its arguments, its text, and the nonce by which a cut one is known."""
    arguments = "set -- " + " ".join(quote(arg) for arg in command.args)
    text = f"{arguments}\n{command.script.text}\n#{nonce}"
    return text.encode("utf-8", "surrogateescape")


def frame(piece: bytes) -> bytes:
    """A piece of input as it goes over on a terminal; the empty one is the end of input."""
    return b"%d\n%b" % (len(piece), piece)
