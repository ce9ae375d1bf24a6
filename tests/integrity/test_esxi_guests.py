"""Changes of guests as events, and guests that could not be read."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from ospatrol.integrity.esxi_guests import FIELDS, KINDS, filled, guest_events
from ospatrol.integrity.state_diff import state_diff
from ospatrol.model.state import HostState, Item, host_state


def guest(key: str = "u1", **changes: str) -> Item:
    fields = {"name": "web01", "path": "[ds] web01/web01.vmx", "power": "off", "uuid": key, "number": "1"}
    return Item("guest", key, fields | changes)


def configuration(key: str = "u1", **fields: str) -> Item:
    return Item("guest_configuration", key, {"cpus": "1"} | fields)


def snapshot(number: int = 1, of: str = "u1", **fields: str) -> Item:
    return Item("snapshot", f"{of} snapshot {number}", {"id": str(number), "name": "before", "of": of} | fields)


def state(*items: Item, kinds: Iterable[str] = KINDS) -> HostState:
    return host_state("esx1", 5.0, items, kinds)


def told(before: HostState, after: HostState) -> list[tuple[str, ...]]:
    events = guest_events(state_diff(before, after), before, after, "esxi:guests")
    assert all(set(event.fields) <= set(FIELDS["guest"]) for event in events)
    assert {(event.kind, event.host, event.at, event.location) for event in events} <= {
        ("guest", "esx1", 5.0, "esxi:guests")
    }
    return [tuple(event.fields.get(name, "") for name in ("change", "guest", "was", "now")) for event in events]


BOTH = (guest(), configuration())


@pytest.mark.parametrize(
    ("before", "after", "events"),
    [
        ((), BOTH, [("registered", "web01", "", "[ds] web01/web01.vmx")]),
        (
            (),
            (guest(power="on"), snapshot()),
            [("registered", "web01", "", "[ds] web01/web01.vmx"), ("powered on", "web01", "", "on")],
        ),
        ((*BOTH, snapshot()), (), [("removed", "web01", "[ds] web01/web01.vmx", "")]),
        (BOTH, (guest(name="web02"), configuration()), [("renamed", "web02", "web01", "web02")]),
        (BOTH, (guest(power="on"), configuration()), [("powered on", "web01", "off", "on")]),
        ((guest(power="on"),), (guest(power="off"),), [("powered off", "web01", "on", "off")]),
        ((guest(power="on"),), (guest(power="suspended"),), [("suspended", "web01", "on", "suspended")]),
        ((guest(),), (guest(power="strange"),), [("changed its power", "web01", "off", "strange")]),
        ((guest(),), (guest(number="9"),), [("registered again", "web01", "1", "9")]),
        (
            (guest(),),
            (guest(path="[ds] x.vmx"),),
            [("reconfigured", "web01", "path=[ds] web01/web01.vmx", "path=[ds] x.vmx")],
        ),
        (BOTH, (guest(), configuration(cpus="4")), [("reconfigured", "web01", "cpus=1", "cpus=4")]),
        ((guest(),), BOTH, []),
        ((guest(),), (guest(), snapshot()), [("snapshot taken", "web01", "", "before")]),
        ((guest(), snapshot()), (guest(),), [("snapshot removed", "web01", "before", "")]),
        (
            (guest(), snapshot()),
            (guest(), snapshot(name="after")),
            [("snapshot changed", "web01", "name=before", "name=after")],
        ),
        ((Item("vib", "x", {}),), (Item("vib", "y", {}),), []),
    ],
)
def test_a_change_is_told_once_in_the_words_of_guests(before, after, events):
    kinds = {*KINDS, "vib"}

    assert told(state(*before, kinds=kinds), state(*after, kinds=kinds)) == events


def test_several_changes_of_one_guest_are_several_events():
    after = state(guest(name="web02", power="on"), configuration(cpus="2"))

    assert sorted(change for change, *_ in told(state(*BOTH), after)) == ["powered on", "reconfigured", "renamed"]


def test_a_kind_that_was_never_assessed_is_no_change_of_guests():
    assert told(state(kinds=["guest"]), state(guest(), snapshot(), kinds=["guest", "snapshot"])) == [
        ("registered", "web01", "", "[ds] web01/web01.vmx")
    ]


def test_a_text_says_what_happened_and_is_bounded():
    before, after = state(*BOTH), state(guest(), configuration(annotation="x" * 5000))

    (event,) = guest_events(state_diff(before, after), before, after, "esxi:guests")

    assert event.text.startswith("guest web01 reconfigured: annotation=xxx")
    assert len(event.text) < 1200
    assert event.fields["aspects"] == "annotation"


def test_a_guest_without_a_name_is_known_by_its_key():
    event = guest_events(
        state_diff(state(), state(guest(name="", uuid=""))), state(), state(guest(name="", uuid="")), "x"
    )[0]

    assert event.fields["uuid"] == "u1"
    assert event.text == "guest u1 registered: [ds] web01/web01.vmx"


def test_what_could_not_be_read_of_single_guests_stays_as_it_was():
    last = state(
        guest("u1", number="1"), configuration("u1"), snapshot(of="u1"),
        guest("u2", number="2"), configuration("u2"), snapshot(of="u2"),
        guest("u3", number="3"), configuration("u3"),
    )  # fmt: skip
    now = [guest("u2", number="2"), Item("vib", "x", {})]
    missing = [("guest", "1"), ("guest_configuration", "u2"), ("snapshot", "u2")]

    items, broken = filled(last, now, missing)

    assert broken == frozenset()
    assert {(item.kind, item.key) for item in items} == {
        ("guest", "u1"), ("guest_configuration", "u1"), ("snapshot", "u1 snapshot 1"),
        ("guest", "u2"), ("guest_configuration", "u2"), ("snapshot", "u2 snapshot 1"),
        ("vib", "x"),
    }  # fmt: skip


def test_a_number_that_another_guest_has_now_brings_none_back_twice():
    items, _ = filled(state(guest("u1", number="4")), [guest("u1", number="9")], [("guest", "4")])

    assert [item.fields["number"] for item in items] == ["9"]


@pytest.mark.parametrize(
    ("missing", "broken"),
    [
        ([("guest", "1")], KINDS),
        ([("snapshot", "u1")], {"snapshot"}),
        ([], frozenset()),
    ],
)
def test_at_the_first_look_a_kind_with_gaps_is_not_whole(missing, broken):
    assert filled(None, [guest()], missing) == ((guest(),), frozenset(broken))
