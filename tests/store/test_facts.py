from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
import zstandard

from ospatrol.model.errors import StoreError
from ospatrol.model.facts import Answer, Ask, Facts, Question, State
from ospatrol.store.facts import FactsStore, facts_digest, folder_name, read_facts

FILE = Question(Ask.FILE, "/etc/passwd")
COMMAND = Question(Ask.COMMAND, "uname -s")
DIRECTORY = Question(Ask.DIRECTORY, "/etc/cron.d")
ANSWERS = {
    FILE: Answer(state=State.OK, content="root:x:0:0\n\xff\x00"),
    COMMAND: Answer(state=State.TIMEOUT, content="Li", status=None),
    DIRECTORY: Answer(state=State.CUT, entries=("/etc/cron.d/a", "/etc/cron.d/\xe4")),
}


def said(host: str = "web1", at: float = 1_800_000_000.125, **changes: object) -> Facts:
    return Facts(host=host, at=at, answers={**ANSWERS, **changes.pop("answers", {})})


def test_facts_come_back_as_they_went_in(tmp_path: Path) -> None:
    store = FactsStore(tmp_path / "state")

    digest = store.put(said())

    assert store.get(digest[:8]) == said()
    assert list(store.last()) == [said()]
    assert facts_digest(said()) == digest


def test_the_digest_does_not_depend_on_the_order_of_answers() -> None:
    other = Facts(host="web1", at=said().at, answers=dict(reversed(ANSWERS.items())))

    assert facts_digest(other) == facts_digest(said())
    assert facts_digest(said(at=1.0)) != facts_digest(said())


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    store = FactsStore(tmp_path, keep=2)

    digests = [store.put(said(at=float(at))) for at in (30, 10, 20, 40)]
    store.put(said("web2"))

    assert [each.digest for each in store.kept("web1")] == [digests[3], digests[0], digests[2]]
    assert [facts.at for facts in store.last()] == [40.0, said().at]


def test_they_are_for_their_owner_only(tmp_path: Path) -> None:
    FactsStore(tmp_path / "state").put(said())

    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").rglob("*") if path.is_dir()}
    files = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").rglob("*.facts")}
    assert (modes, files) == ({0o700}, {0o600})


@pytest.mark.parametrize("host", ["../../etc", ".", "..", "a/b", "x" * 500, "ü\x1b", "[::1]:22", "~x", "", "\udc80"])
def test_no_name_of_a_host_leads_out_of_the_folder(tmp_path: Path, host: str) -> None:
    name = folder_name(host)

    assert name not in {"", ".", ".."}
    assert "/" not in name
    assert len(os.fsencode(name)) <= 255
    assert folder_name(f"{host}2") != name


def test_what_was_changed_or_is_no_facts_is_refused(tmp_path: Path) -> None:
    store = FactsStore(tmp_path)
    store.put(said())
    (kept,) = store.kept("web1")
    other = zstandard.compress(zstandard.decompress(kept.path.read_bytes()).replace(b"root:x:0:0", b"root:x:9:9"))

    kept.path.write_bytes(other)
    with pytest.raises(StoreError, match="is not what was written"):
        list(store.last())
    for content in (b"", b"nonsense", zstandard.compress(b"nonsense")):
        kept.path.with_name("x").write_bytes(content)
        with pytest.raises(StoreError):
            read_facts(kept.path.with_name("x"))


def test_a_frame_that_promises_too_much_is_not_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb"
    bomb.write_bytes(zstandard.compress(b"\0" * (1 << 20)).replace(b"\x00\x00\x10\x00", b"\x00\x00\x00\xff", 1))

    with pytest.raises(StoreError):
        read_facts(bomb)


def test_a_digest_that_begins_none_or_several_is_refused(tmp_path: Path) -> None:
    store = FactsStore(tmp_path)

    assert list(store.last()) == []
    assert store.kept("web1") == ()
    store.put(said())
    for prefix in ("", "zz"):
        with pytest.raises(StoreError, match="digest"):
            store.get(prefix)


def test_text_that_is_no_unicode_cannot_be_stored_and_leaves_nothing(tmp_path: Path) -> None:
    store = FactsStore(tmp_path)

    with pytest.raises(StoreError):
        store.put(said(answers={Question(Ask.FILE, "/\udcff"): Answer(state=State.MISSING)}))
    assert store.kept("web1") == ()
