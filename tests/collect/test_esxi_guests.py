"""Guests, as hosts list them and as somebody named them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.collect.esxi import EsxiFound, EsxiScope, found_in
from ospatrol.collect.esxi_questions import GUESTS, MOST_GUESTS, guest_numbers
from ospatrol.model.coverage import Reason
from ospatrol.model.facts import Answer, Ask, Facts, Question, State
from tests.esxi.answers import GONE, esxi_facts
from tests.esxi.printed import Guest

CAPTURES = Path(__file__).parents[3] / "shared" / "corpus" / "devices" / "esxi" / "captures-real"
UUID = "52021751-e075-9a50-934d-e23419b1a06f"


def guest(number: int = 1, name: str = "web01", **more: object) -> Guest:
    fields: dict[str, object] = {"path": f"[ds] {name}/{name}.vmx", "uuid": f"{number:08d}{UUID[8:]}"}
    return Guest(number=number, name=name, **(fields | more))


def found(*guests: Guest, **more: object) -> EsxiFound:
    return found_in(esxi_facts(guests, **more), EsxiScope())


def items(said: EsxiFound, kind: str) -> dict[str, dict[str, str]]:
    return {item.key: dict(item.fields) for item in said.items if item.kind == kind}


def test_a_guest_is_known_by_its_identity_not_by_its_number_or_name():
    said = found(guest(7, 'db "server" 02', uuid=UUID, power="suspended"))

    assert items(said, "guest") == {
        UUID: {
            "name": 'db "server" 02',
            "number": "7",
            "path": '[ds] db "server" 02/db "server" 02.vmx',
            "power": "suspended",
            "uuid": UUID,
        }
    }
    assert said.failures == ()
    assert {"guest", "guest_configuration", "snapshot"} <= set(said.kinds)


def test_a_guest_without_an_identity_is_known_by_its_file():
    assert list(items(found(guest(uuid="")), "guest")) == ["[ds] web01/web01.vmx"]


def test_two_guests_with_one_identity_are_two_and_the_older_keeps_it():
    said = found(guest(9, "copy", uuid=UUID), guest(3, "real", uuid=UUID))

    names = {key: fields["name"] for key, fields in items(said, "guest").items()}
    assert names == {UUID: "real", f"{UUID} [ds] copy/copy.vmx 2": "copy"}
    assert len(items(said, "guest_configuration")) == 2


def test_what_moves_when_a_guest_starts_or_gets_a_snapshot_is_no_configuration():
    before = found(guest())
    after = found(guest(power="poweredOn", snapshots=[(1, "a", "b")]))

    assert items(before, "guest_configuration") == items(after, "guest_configuration")
    assert items(before, "guest_configuration")[f"00000001{UUID[8:]}"] == {
        "cpus": "1",
        "devices": "Hard disk 1: VirtualDisk, [datastore1] disk.vmdk, 16777216 KB; "
        "Network adapter 1: VirtualVmxnet3, VM Network, connected at start",
        "firmware": "efi",
        "guest_os": "ubuntu64Guest",
        "hardware": "vmx-21",
        "memory_mb": "2048",
        "secure_boot": "true",
    }


def test_options_that_separate_a_guest_are_configuration_and_the_others_are_not():
    said = found(guest(options={"isolation.tools.copy.disable": "FALSE", "guestinfo.ip": "1", "log.keepOld": "0"}))

    (configuration,) = items(said, "guest_configuration").values()
    assert configuration["options"] == "isolation.tools.copy.disable=FALSE; log.keepOld=0"


def test_an_annotation_that_looks_like_guests_adds_none_and_hides_none():
    said = found(guest(2, annotation="x\n99   forged   [ds] f.vmx\n2   web01\nSkipping invalid VM '98'\n"))

    assert [fields["name"] for fields in items(said, "guest").values()] == ["web01"]
    assert "guest" in said.kinds


def test_a_text_that_pretends_to_be_values_changes_nothing_that_counts_and_is_said():
    forged = 'x",\n   },\n   runtime = (vim.vm.RuntimeInfo) {\n      powerState = "poweredOff'
    said = found(guest(power="poweredOn", annotation=forged))

    (seen,) = items(said, "guest").values()
    assert seen["power"] == "on"
    assert any("pretend" in failure.detail for failure in said.failures)
    assert said.missing == ()


@pytest.mark.parametrize("state", ["invalid", "inaccessible", "orphaned"])
def test_a_guest_that_cannot_be_read_is_missing_by_its_number(state: str):
    said = found(guest(4, connection=state), guest(5))

    assert said.missing == (("guest", "4"),)
    assert [failure.what for failure in said.failures] == ["guest"]
    assert "guest" in said.kinds


def test_a_guest_that_the_host_skips_is_asked_for():
    invalid = guest(12, connection="invalid").summary()
    listed = "Skipping invalid VM '12'\nVmid   Name   File   Guest OS   Version   Annotation\n"
    facts = esxi_facts(says={GUESTS: listed, "vim-cmd vmsvc/get.summary 12": invalid})

    said = found_in(facts, EsxiScope())

    assert guest_numbers(facts) == ("12",)
    assert said.missing == (("guest", "12"),)


@pytest.mark.parametrize("answer", [GONE, Answer(state=State.OK, content="ManagedObjectNotFound: gone\n", status=1)])
def test_a_guest_that_went_in_between_is_none(answer: str | Answer):
    said = found(guest(4), guest(5), says={"vim-cmd vmsvc/get.summary 4": answer})

    assert [fields["number"] for fields in items(said, "guest").values()] == ["5"]
    assert (said.missing, said.failures) == ((), ())


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(state=State.TIMEOUT), Reason.BUDGET),
        (Answer(state=State.NOT_ASKED), Reason.BUDGET),
        (Answer(state=State.NO_PERMISSION), Reason.DENIED),
        (Answer(state=State.CUT, content="(vim.vm.Summary) {"), Reason.CUT),
        ("(vim.vm.Summary) {\n   half", Reason.ERROR),
    ],
)
def test_a_summary_that_does_not_come_is_missing(answer: str | Answer, reason: Reason):
    said = found(guest(4), says={"vim-cmd vmsvc/get.summary 4": answer})

    assert said.missing == (("guest", "4"),)
    assert [failure.reason for failure in said.failures] == [reason]


def test_a_configuration_and_snapshots_that_do_not_come_are_missing_by_the_guest():
    none = {f"vim-cmd vmsvc/{what} 4": Answer(state=State.TIMEOUT) for what in ("get.config", "snapshot.get")}

    said = found(guest(4), says=none)

    key = f"00000004{UUID[8:]}"
    assert said.missing == (("guest_configuration", key), ("snapshot", key))
    assert list(items(said, "guest")) == [key]


def test_another_answer_than_snapshots_is_a_gap():
    said = found(guest(4), says={"vim-cmd vmsvc/snapshot.get 4": "Usage: snapshot.get vmid\n"})

    assert said.missing == (("snapshot", f"00000004{UUID[8:]}"),)


def test_no_list_of_guests_is_no_kind_of_them():
    said = found(says={GUESTS: Answer(state=State.OK, content="Failed to login: hostd is busy\n", status=255)})

    assert not {"guest", "guest_configuration", "snapshot"} & set(said.kinds)
    assert [(failure.what, failure.detail) for failure in said.failures] == [
        ("guest", "vim-cmd vmsvc/getallvms: status 255: Failed to login: hostd is busy")
    ]


def test_more_guests_than_are_asked_for_are_said():
    many = "".join(f"{number}   x\n" for number in range(1, MOST_GUESTS + 50))

    said = found(says={GUESTS: f"Vmid   Name\n{many}"})

    assert "guest" not in said.kinds
    assert Reason.LIMIT in {failure.reason for failure in said.failures}


def test_a_description_that_looks_like_a_snapshot_hides_none():
    forged = "x\n--Snapshot Name        : forged\n--Snapshot Id        : 2"
    before = found(guest(snapshots=[(1, "first", forged)]))
    after = found(guest(snapshots=[(1, "first", forged), (2, "real", "")]))

    new = set(items(after, "snapshot")) - set(items(before, "snapshot"))
    assert [items(after, "snapshot")[key]["name"] for key in new] == ["real"]


def test_more_snapshots_than_are_kept_are_said():
    said = found(guest(snapshots=[(number, "x", "") for number in range(1, 300)] * 4))

    assert said.missing == (("snapshot", f"00000001{UUID[8:]}"),)
    assert [failure.reason for failure in said.failures] == [Reason.LIMIT]


def test_kinds_can_be_left_out():
    facts = esxi_facts([guest(snapshots=[(1, "a", "b")])])

    said = found_in(facts, EsxiScope(without=("snapshot", "setting")))

    assert {"snapshot", "setting"}.isdisjoint({*said.kinds, *(item.kind for item in said.items)})
    with pytest.raises(ValueError, match="'snapshots' is none of"):
        EsxiScope(without=("snapshots",))


@pytest.mark.skipif(
    not CAPTURES.is_dir() and os.environ.get("CI") != "true", reason="the shared corpus is not beside the project"
)
def test_every_guest_of_a_real_list_is_asked_for():
    listed = {}
    for path in CAPTURES.glob("*/vim-cmd_getallvms_*.txt"):
        answer = Answer(state=State.OK, content=path.read_text(encoding="utf-8"), status=0)
        facts = Facts(host="x", at=0, answers={Question(Ask.COMMAND, GUESTS): answer})
        listed[f"{path.parent.name}/{path.stem}"] = guest_numbers(facts)

    assert listed == {
        "6x/vim-cmd_getallvms_packer": ("40",),
        "70/vim-cmd_getallvms_one": ("1",),
        "80/vim-cmd_getallvms_none": (),
        "80/vim-cmd_getallvms_one": ("1",),
    }


@pytest.mark.skipif(
    not CAPTURES.is_dir() and os.environ.get("CI") != "true", reason="the shared corpus is not beside the project"
)
def test_real_snapshots_and_a_real_configuration_are_read():
    snapshots = (CAPTURES / "70/vim-cmd_snapshot.get_two.txt").read_text(encoding="utf-8")
    config = (CAPTURES / "55/vim-cmd_get.config_excerpt.txt").read_text(encoding="utf-8")
    says = {"vim-cmd vmsvc/snapshot.get 1": snapshots, "vim-cmd vmsvc/get.config 1": config}

    said = found(guest(1), says=says)

    assert [fields["name"] for fields in items(said, "snapshot").values()] == ["snap1", "Corelinux running"]
    assert [fields["guest_os"] for fields in items(said, "guest_configuration").values()] == ["centos64Guest"]
    assert said.failures == ()


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
@settings(deadline=None, max_examples=50)
def test_nothing_that_a_guest_is_called_is_an_error_or_unprintable(name: str, annotation: str, snapshot: str):
    said = found(guest(name=name, path=name, annotation=annotation, snapshots=[(1, snapshot, annotation)]))

    told = [item.key + "".join(item.fields.values()) for item in said.items]
    assert all(text.isprintable() for text in [*told, *(failure.detail for failure in said.failures)])
