from __future__ import annotations

from collections.abc import Sequence

import pytest

from ospatrol.collect.digests import hash_files
from ospatrol.collect.listing import Listing
from ospatrol.collect.plan import compare
from ospatrol.collect.tools import Style, Tools
from ospatrol.model.files import FileScope

TOOLS = Tools(style=Style.PRINTF, programs=frozenset({"sha256sum"}))


class Asked:
    """A script that answers nothing, and remembers what it was asked."""

    stopped = None

    def __init__(self) -> None:
        self.verbs: list[str] = []

    async def ask_of_all(self, verb: str, tool: str) -> bytes:
        self.verbs.append(verb)
        return b""

    async def ask(self, verb: str, paths: Sequence[bytes], tool: str = "") -> bytes:
        self.verbs.append(verb)
        return b""


@pytest.mark.parametrize(
    ("name", "at_once"),
    [(b"plain", True), (b"k\n" + b"f" * 64 + b"  /d/passwd", False), (b"a\\b", False), (b"a\rb", False)],
)
async def test_files_are_hashed_at_once_only_where_no_name_can_pass_for_an_answer(name: bytes, at_once: bool) -> None:
    entries = [b"f 644 0 0 1 1.0 1.0 %d 1 1 /d/%b" % (number, each) for number, each in enumerate((b"passwd", name))]
    plan = compare(Listing(entries=entries, targets=[b"", b""]), None, FileScope(paths=("/d",)), full=True)
    asked = Asked()

    await hash_files(asked, plan, TOOLS, b"")

    assert plan.everything
    assert ("sum-all" in asked.verbs) is at_once
