"""The collector `policy`: what policies need to know of a host."""

from __future__ import annotations

import msgspec

from ospatrol.collect.collector import Collector
from ospatrol.collect.facts_dialogue import FACTS_SCRIPT


class PolicyScope(msgspec.Struct, frozen=True, kw_only=True):
    """Which policies a host is judged by.

    Attributes:
        policies: Ids, or paths of files or folders; `auto` for all that ship and apply to the host.
        root: Folder on the host whose files are judged as if it were the root (an image, a chroot); what policies ask
            of commands and processes is then not assessed.
    """

    policies: tuple[str, ...] = ("auto",)
    root: str = ""

    def __post_init__(self) -> None:
        if not self.policies:
            raise ValueError("`policies` is empty; name policies, or leave it out for all that apply")
        if self.root and not (self.root.startswith("/") and self.root.isascii() and self.root.isprintable()):
            raise ValueError(f"`root` is an absolute path in ASCII, not {self.root!r}")
        msgspec.structs.force_setattr(self, "root", self.root.rstrip("/"))


COLLECTOR = Collector(name="policy", scripts=(FACTS_SCRIPT,), arguments=PolicyScope)
