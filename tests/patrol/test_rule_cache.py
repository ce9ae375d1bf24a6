from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.model.decoder import Semantics
from ospatrol.model.errors import UsageError
from ospatrol.patrol import log_rules, rule_cache
from ospatrol.patrol.log_rules import LogRules, read_folders
from ospatrol.patrol.rule_cache import cache_folder, keep, kept, key_of

DECODERS = '<decoder name="a"><program_name>^a$</program_name></decoder>\n'
RULES = """<group name="syslog,"><rule id="1" level="0" noalert="1"><category>syslog</category>
<description>d</description></rule>
<rule id="100" level="5"><if_sid>1</if_sid><match>m</match><description>d</description></rule></group>
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "ospatrol"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "set"
    for name, text in (("decoders/d.xml", DECODERS), ("rules/r.xml", RULES), ("lists/l", "k:v\n")):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text)
    return made


@pytest.fixture
def read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    return Reader(folder, monkeypatch)


class Reader:
    """Reads a folder, and counts how often its rules were really read."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.parsed = 0
        really = log_rules.read_rules

        def counted(*words: object, **more: object) -> object:
            self.parsed += 1
            return really(*words, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(log_rules, "read_rules", counted)

    def __call__(self, *folders: Path) -> LogRules:
        return read_folders(folders or [self.folder], Semantics.WAZUH)


def test_what_was_read_is_not_read_again(read: Reader) -> None:
    first, second = read(), read()

    assert read.parsed == 1
    assert first == second


@pytest.mark.parametrize("name", ["decoders/d.xml", "rules/r.xml", "lists/l"])
def test_a_changed_byte_in_any_file_is_seen_whatever_its_time(read: Reader, name: str) -> None:
    read()
    file = read.folder / name
    before = file.stat()
    file.write_bytes(file.read_bytes() + b" ")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    read()

    assert read.parsed == 2


def test_a_new_file_a_renamed_one_and_one_that_is_gone_are_seen(read: Reader) -> None:
    read()
    (read.folder / "rules" / "s.xml").write_text("")
    read()
    (read.folder / "rules" / "s.xml").rename(read.folder / "rules" / "t.xml")
    read()
    (read.folder / "lists" / "l").unlink()
    read()

    assert read.parsed == 4


def test_another_version_and_another_language_read_anew(read: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    read()
    monkeypatch.setattr(rule_cache, "__version__", "99")
    read()
    read_folders([read.folder], Semantics.OSSEC, lenient=True)

    assert read.parsed == 3


def test_a_file_that_is_a_decoders_here_and_a_rules_there_is_not_mixed_up(tmp_path: Path) -> None:
    inner = tmp_path / "x" / "rules"
    inner.mkdir(parents=True)
    (inner / "a_decoders.xml").write_text(DECODERS)
    (inner / "b_rules.xml").write_text(RULES)

    # as a folder of its own it has a decoder; as somebody's rules/ that file is one of rules, and a broken one
    own = read_folders([inner], Semantics.WAZUH)
    outer = read_folders([tmp_path / "x"], Semantics.WAZUH, lenient=True)

    assert [each.name for each in own.decoders] == ["a"]
    assert outer.decoders == ()


DAMAGED = st.binary(max_size=60) | st.builds(
    msgspec.msgpack.encode,
    st.dictionaries(st.sampled_from(LogRules.__struct_fields__), st.none() | st.integers(-9, 9) | st.text(max_size=3)),
)


@settings(deadline=None, max_examples=60)
@given(raw=DAMAGED)
def test_whatever_lies_there_is_no_rule_set_but_the_right_one(tmp_path_factory, raw: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        base = tmp_path_factory.mktemp("c")
        patch.setenv("XDG_CACHE_HOME", str(base))
        path = cache_folder() / f"rules-{key_of(['x'])}.msgpack"
        path.parent.mkdir(parents=True)
        path.write_bytes(raw)

        assert kept(key_of(["x"]), LogRules) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: b"",
        lambda raw: raw[: len(raw) // 2],
        lambda raw: b"\xdd\xff\xff\xff\xff" + raw,
        lambda raw: b"\x81\xa1x" + b"\x91" * 200_000,
        lambda raw: raw.replace(b"wazuh", b"WAZUH"),
        lambda raw: msgspec.msgpack.encode(["another", "type"]),
    ],
)
def test_a_damaged_file_is_read_around_and_replaced(read: Reader, cache: Path, damage) -> None:
    good = read()
    (file,) = cache.glob("rules-*")
    whole = file.read_bytes()
    file.write_bytes(damage(whole))

    again = read()

    assert again == good
    assert read.parsed == 2
    assert file.read_bytes() == whole


def test_every_cut_of_a_file_is_noticed(read: Reader, cache: Path) -> None:
    read()
    (file,) = cache.glob("rules-*")
    whole = file.read_bytes()
    key = file.stem.removeprefix("rules-")

    for size in range(0, len(whole), 7):
        file.write_bytes(whole[:size])
        assert kept(key, LogRules) is None


@pytest.mark.parametrize("kind", ["a file", "no home", "a folder in the way"])
def test_where_nothing_can_be_kept_rules_are_read_all_the_same(
    read: Reader, cache: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    good = read()
    match kind:
        case "a file":
            monkeypatch.setenv("XDG_CACHE_HOME", str(read.folder / "rules" / "r.xml"))
        case "no home":
            monkeypatch.delenv("XDG_CACHE_HOME")

            def homeless(self: Path) -> Path:
                raise RuntimeError("Could not determine home directory.")

            monkeypatch.setattr(Path, "expanduser", homeless)
        case _:
            (file,) = cache.glob("rules-*")
            file.unlink()
            file.mkdir()

    assert read() == good
    assert read.parsed == 2


def test_a_path_that_is_no_unicode_is_no_end(tmp_path: Path, cache: Path) -> None:
    folder = tmp_path / os.fsdecode(b"\xff")
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "r.xml").write_text(RULES)

    found = read_folders([folder], Semantics.WAZUH)

    assert [rule.id for rule in found.rules] == [1, 100]
    assert not list(cache.glob(".new-*"))


def test_only_a_few_are_kept_and_no_half_written_ones(cache: Path) -> None:
    for number in range(20):
        keep(key_of([str(number)]), number)

    assert len(list(cache.iterdir())) == 8
    assert kept(key_of(["19"]), int) == 19


def _keep_often(first: int) -> None:
    for number in range(first, first + 60):
        keep(key_of(["same"]), [number] * 5000)


def test_two_at_once_leave_a_whole_one(cache: Path) -> None:
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=_keep_often, args=(first,)) for first in (0, 1000)]
    for child in children:
        child.start()
    seen = 0
    while any(child.is_alive() for child in children):
        if (cache / f"rules-{key_of(['same'])}.msgpack").exists():
            found = kept(key_of(["same"]), list[int])
            assert found is not None
            assert len(found) == 5000
            assert len(set(found)) == 1
            seen += 1
    for child in children:
        child.join()

    assert seen
    assert [child.exitcode for child in children] == [0, 0]


def test_a_folder_named_twice_counts_once_and_the_missing_one_is_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)

    once = read_folders([folder, tmp_path / "link", folder], Semantics.WAZUH)

    assert once.problems == ()
    with pytest.raises(UsageError, match="gone: no such folder"):
        read_folders([folder, folder, tmp_path / "gone"], Semantics.WAZUH)


@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_what_others_may_have_written_is_neither_read_nor_written(cache: Path, mode: int) -> None:
    keep("mine", 1)
    cache.chmod(mode)

    assert kept("mine", int) is None
    keep("theirs", 2)
    cache.chmod(0o700)
    assert kept("mine", int) == 1
    assert kept("theirs", int) is None
