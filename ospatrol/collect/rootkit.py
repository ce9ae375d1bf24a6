"""The collector `rootkit`: where rootkits hide things or leave them behind, over one channel."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from ospatrol.collect.collector import Collector
from ospatrol.collect.packages import PACKAGES_SCRIPT
from ospatrol.collect.rootkit_dialogue import ROOTKIT_SCRIPT, RootkitLimits, converse
from ospatrol.collect.rootkit_read import read_facts
from ospatrol.comply.rootkit_facts import Look, RootkitFacts
from ospatrol.model.files import FileScope
from ospatrol.transport.connection import Connection

CONTAINERS = (
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/kubelet/pods",
    "/var/lib/lxc",
    "/var/lib/lxd",
    "/var/lib/machines",
    "/var/snap/lxd",
)
"""Trees of other systems, whose owners are not this one's."""

_SPECIAL = re.compile(r"([*?\[\\])")
_USUAL = RootkitLimits()


class RootkitScope(msgspec.Struct, frozen=True, kw_only=True):
    """What a rootkit task looks at.

    Attributes:
        files: OSSEC's lists of files that rootkits leave (`rootkit_files.txt`), by path.
        trojans: OSSEC's lists of strings in trojaned programs (`rootkit_trojans.txt`), by path.
        shipped: Whether OSPatrol's own signatures are used too.
        looks: What is looked at.
        trees: Where files are looked for by their names, permissions and owners; local file systems below them too.
        ignore: Shell patterns of what is left out there, whole subtrees included.
        root: Prefix on the host under which files lie (an image, a chroot); processes, ports, interfaces and owners are
            then not looked at: these are the host's own.
    """

    files: tuple[str, ...] = ()
    trojans: tuple[str, ...] = ()
    shipped: bool = True
    looks: tuple[Look, ...] = tuple(Look)
    trees: tuple[str, ...] = ("/",)
    ignore: tuple[str, ...] = CONTAINERS
    root: str = ""

    def __post_init__(self) -> None:
        """Refuse what no host could be asked for; bring paths into one form."""
        for path in (*self.trees, *self.ignore, *([self.root] if self.root else [])):
            if "\n" in path or "\0" in path or ".." in path.split("/") or not path.startswith("/"):
                raise ValueError(f"{path!r} is not an absolute path")
        files = FileScope(paths=self.trees, root=self.root, ignore=self.ignore)  # it has the same form
        msgspec.structs.force_setattr(self, "trees", files.paths)
        msgspec.structs.force_setattr(self, "root", files.root)
        msgspec.structs.force_setattr(self, "ignore", files.ignore)
        live = {Look.PROCESSES, Look.PORTS, Look.INTERFACES, Look.OWNERS} if files.root else set()
        looks = tuple(look for look in Look if look in self.looks and look not in live)
        if not looks:
            raise ValueError("`looks` names nothing that can be looked at there")
        msgspec.structs.force_setattr(self, "looks", looks)


COLLECTOR = Collector(name="rootkit", scripts=(ROOTKIT_SCRIPT, PACKAGES_SCRIPT), arguments=RootkitScope)


async def collect_rootkit(
    connection: Connection,
    scope: RootkitScope,
    *,
    paths: Iterable[str],
    names: Iterable[str],
    programs: Iterable[str],
    limits: RootkitLimits = _USUAL,
) -> RootkitFacts:
    """Look at a host.

    Args:
        connection: To the host; its command policy must hold `ROOTKIT_SCRIPT`.
        scope: What to look at.
        paths: Of signatures, absolute.
        names: Base names that tell of a rootkit wherever they lie.
        programs: Absolute paths of files whose strings are read.
        limits: How much of the host's time and output it may take.

    Raises:
        HostError: the host cannot be asked, or the connection was cut.
    """
    wanted = tuple(names) if Look.FILES in scope.looks else ()
    heard = await converse(connection, _words(scope, paths, wanted, programs), limits)
    return read_facts(heard, scope.looks, root=scope.root, limits=limits, walks=bool(wanted))


def _words(
    scope: RootkitScope, paths: Iterable[str], names: Sequence[str], programs: Iterable[str]
) -> tuple[bytes, ...]:
    said = [f"l{look.value}" for look in scope.looks]
    said += [f"r{scope.root}", "q" + _plain(scope.root)] if scope.root else []
    said += [f"s{path}" for path in dict.fromkeys(paths)] if Look.FILES in scope.looks else []
    said += [f"t{path}" for path in dict.fromkeys(programs)] if Look.PROGRAMS in scope.looks else []
    said += [f"n{name}" for name in dict.fromkeys(names)]
    said += [f"w{tree}" for tree in scope.trees]
    said += [f"x{pattern}" for pattern in scope.ignore]
    return tuple(word.encode("utf-8", "surrogateescape") for word in said if "\n" not in word)


def _plain(text: str) -> str:
    """A shell pattern that means the text itself."""
    return _SPECIAL.sub(r"\\\1", text)
