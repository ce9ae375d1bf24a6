from __future__ import annotations

import pytest

from ospatrol.integrity.permissions import Power, gained, powers
from ospatrol.model.files import FileType

DIRECTORY = FileType.DIRECTORY


@pytest.mark.parametrize(
    ("given", "held"),
    [
        ({"mode": 0o755}, set()),
        ({"mode": 0o6755}, {Power.SETUID, Power.SETGID}),
        ({"mode": 0o666}, {Power.WORLD_WRITABLE}),
        ({"attributes": {"caps": "cap_net_raw=ep"}}, {Power.CAPABILITIES}),
        ({"type": DIRECTORY, "mode": 0o6777}, {Power.WORLD_WRITABLE}),
        ({"type": DIRECTORY, "mode": 0o1777}, set()),
        ({"mode": 0o1777}, {Power.WORLD_WRITABLE}),
        ({"type": FileType.LINK, "mode": 0o6777}, set()),
    ],
)
def test_powers_of_an_entry(entry, given, held) -> None:
    assert powers(entry("/x", **given)) == held


def test_a_new_file_gains_what_it_has(entry) -> None:
    assert gained(None, entry("/x", mode=0o4755)) == {Power.SETUID}
    assert gained(entry("/x", mode=0o4755), entry("/x", mode=0o4755)) == frozenset()
    assert gained(entry("/x", mode=0o4755), None) == frozenset()
