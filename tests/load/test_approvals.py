from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ospatrol.load.approvals import approvals_path, read_approvals, write_approvals
from ospatrol.model.approval import STATE, Approval, Approvals, ApprovedChange
from ospatrol.model.errors import ConfigErrors

FIRST = Approval(
    task="etc", by="ann", at="2026-11-21T00:00:00Z", why="checked: by hand", scope="all", result="a" * 64, entries=3
)
SECOND = Approval(
    task="etc",
    by="bob",
    at="2026-11-22T00:00:00Z",
    why="new motd",
    scope="path /etc/motd",
    previous="a" * 64,
    result="b" * 64,
    changes=(ApprovedChange(path="/etc/motd\\x1b", change="modified", was="c" * 64, now="d" * 64),),
)


def without_places(approvals: Approvals) -> list[Approval]:
    return [msgspec.structs.replace(approval, place=FIRST.place) for approval in approvals.approvals]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = write_approvals(tmp_path / "baselines", Approvals(host="web1", approvals=(FIRST, SECOND)))
    approvals = read_approvals(tmp_path / "baselines", "web1")

    assert path.name == "web1.yml"
    assert without_places(approvals) == [FIRST, SECOND]
    assert [approval.place.line for approval in approvals.approvals] == [4, 11]
    assert approvals.latest("etc") == approvals.approvals[1]
    assert approvals.latest("other") is None


def test_a_host_that_nobody_approved_has_none(tmp_path: Path) -> None:
    assert read_approvals(tmp_path, "web1") == Approvals(host="web1")


@pytest.mark.parametrize("host", ["../../etc/x", "/etc/x", "..", ".hidden", "a\x00b", "a/b", ""])
def test_no_host_name_leads_out_of_the_folder(tmp_path: Path, host: str) -> None:
    assert approvals_path(tmp_path, host).parent == tmp_path
    assert not approvals_path(tmp_path, host).name.startswith(".y")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("host: web1", "host: web2", r"web1\.yml:2: this file is the baseline of 'web1', not 'web2'"),
        ("previous: a", "previous: 0", r"web1\.yml:11: `previous` is not the result"),
        ("why: new", "wyh: new", r"web1\.yml:14: unknown key 'wyh'; did you mean 'why'"),
        ("result: b", "result: X", r"is no SHA-256 digest"),
        ("approvals:", "approvals: 3 #", r"`approvals` is a list"),
        ("host: web1", "host: [", r"not valid YAML"),
    ],
)
def test_an_edited_file_is_checked(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = write_approvals(tmp_path, Approvals(host="web1", approvals=(FIRST, SECOND)))
    text = path.read_text().replace(old, new)
    path.write_text(text.split("\n- ")[0] if "#" in new else text)

    with pytest.raises(ConfigErrors, match=message):
        read_approvals(tmp_path, "web1")


def test_a_file_that_is_no_mapping_or_unreadable_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("- 1\n")
    (tmp_path / "b.yml").write_bytes(b"\xff")

    with pytest.raises(ConfigErrors, match="expected a mapping"):
        read_approvals(tmp_path, "a")
    with pytest.raises(ConfigErrors, match="cannot be read"):
        read_approvals(tmp_path, "b")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "baselines").write_text("a file")

    with pytest.raises(ConfigErrors, match="cannot be written"):
        write_approvals(tmp_path / "baselines", Approvals(host="web1"))


def test_files_and_state_of_one_name_have_chains_of_their_own(tmp_path: Path) -> None:
    state = msgspec.structs.replace(FIRST, of=STATE, result="e" * 64)
    later = msgspec.structs.replace(
        state, previous="e" * 64, result="f" * 64, changes=(ApprovedChange(item="account ann", change="added"),)
    )
    write_approvals(tmp_path, Approvals(host="web1", approvals=(FIRST, state, SECOND, later)))

    approvals = read_approvals(tmp_path, "web1")

    assert without_places(approvals) == [FIRST, state, SECOND, later]
    assert approvals.latest("etc") == approvals.approvals[2]
    assert approvals.latest("etc", STATE) == approvals.approvals[3]
    assert approvals.chain("etc", STATE) == approvals.approvals[1::2]


def test_nobody_can_vouch_for_what_does_not_exist(tmp_path: Path) -> None:
    path = write_approvals(tmp_path, Approvals(host="web1", approvals=(msgspec.structs.replace(FIRST, of=STATE),)))
    path.write_text(path.read_text().replace("of: state", "of: moods"))

    with pytest.raises(ConfigErrors, match="`of` is one of files, state, config, not 'moods'"):
        read_approvals(tmp_path, "web1")
