from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ospatrol.integrity.state_diff import accepted, carried_over, state_diff
from ospatrol.integrity.state_events import FIELDS, KIND, shown_fields, state_event, state_events
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.state import NOT_TOLD, HostState, Item, ItemChange, ItemChangeKind, host_state

ADDED, REMOVED, CHANGED = ItemChangeKind.ADDED, ItemChangeKind.REMOVED, ItemChangeKind.CHANGED
FIRST = ItemChangeKind.FIRST_ASSESSED

names = st.sampled_from(["a", "b", "c"])
values = st.sampled_from(["0", "1", "two words", NOT_TOLD])


def fields(told: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(names, told, max_size=3)


@st.composite
def states(draw: st.DrawFn, told: st.SearchStrategy[str] = values) -> HostState:
    kinds = draw(st.sets(names))
    items = draw(st.lists(st.builds(Item, names, names, fields(told)), max_size=8))
    return host_state("web1", draw(st.integers(0, 9)), items, kinds)


def state(*items: Item, kinds: tuple[str, ...] = ("account", "port")) -> HostState:
    return host_state("web1", 1.0, items, kinds)


def account(name: str, **fields: str) -> Item:
    return Item("account", name, fields)


def without_time(each: HostState) -> HostState:
    return msgspec.structs.replace(each, at=0.0)


def test_what_was_added_removed_and_changed_is_told_once_in_order() -> None:
    before = state(account("bob", uid="1"), account("root", uid="0", shell="/bin/sh"), account("same", uid="5"))
    after = state(account("same", uid="5"), account("ann", uid="2"), account("root", uid="0", shell="/bin/zsh"))

    changes = state_diff(before, after)

    assert changes == (
        ItemChange(change=ADDED, kind="account", key="ann", now={"uid": "2"}),
        ItemChange(change=REMOVED, kind="account", key="bob", was={"uid": "1"}),
        ItemChange(change=CHANGED, kind="account", key="root", was={"shell": "/bin/sh"}, now={"shell": "/bin/zsh"}),
    )
    assert [change.fields for change in changes] == [(), (), ("shell",)]


def test_a_kind_that_could_not_be_assessed_is_never_told_as_removed() -> None:
    before = state(account("root", uid="0"))
    after = state(kinds=("port",))

    assert state_diff(before, after) == ()


def test_a_kind_that_the_baseline_does_not_know_is_one_difference() -> None:
    before = state(kinds=("port",))
    after = state(account("ann"), account("root"))

    assert state_diff(before, after) == (ItemChange(change=FIRST, kind="account", key="*", now={"items": "2"}),)


def test_a_field_that_comes_or_goes_is_a_change_and_one_that_is_not_told_is_none() -> None:
    port = Item("port", "tcp 0.0.0.0:22", {"program": "sshd"})
    untold = Item("port", "tcp 0.0.0.0:22", {"program": NOT_TOLD})
    bare = Item("port", "tcp 0.0.0.0:22", {})

    assert state_diff(state(port), state(untold)) == state_diff(state(untold), state(port)) == ()
    assert [change.was for change in state_diff(state(port), state(bare))] == [{"program": "sshd"}]
    assert [change.now for change in state_diff(state(bare), state(port))] == [{"program": "sshd"}]


def test_what_could_not_be_assessed_is_remembered_and_what_is_not_chosen_is_forgotten() -> None:
    last = state(account("root", uid="0"), Item("port", "tcp 0.0.0.0:22", {"program": "sshd"}))
    failure = Failure(what="account", reason=Reason.DENIED)
    found = host_state("web1", 2.0, [Item("port", "tcp 0.0.0.0:22", {"program": NOT_TOLD})], ["port"], [failure])

    kept = carried_over(last, found, ("account", "port"))
    forgotten = carried_over(last, found, ("port",))

    assert kept.items == last.items
    assert kept.failures == (failure,)
    assert kept.at == 2.0
    assert forgotten.kinds == ("port",)
    assert carried_over(None, found, ("port",)) is found


def test_of_two_items_with_one_name_the_first_stays_and_kinds_that_are_not_whole_are_left_out() -> None:
    made = host_state("web1", 0.0, [account("a", x="1"), account("a", x="2"), Item("other", "b")], {"account"})

    assert made.items == (account("a", x="1"),)


@given(states(), states())
def test_the_old_state_with_its_differences_accepted_is_the_new_one(before: HostState, after: HostState) -> None:
    changed = accepted(before, after, state_diff(before, after))
    kept = carried_over(before, after, before.kinds)

    assert state_diff(changed, after) == ()
    assert changed.kinds == kept.kinds
    assert [(item.kind, item.key) for item in changed.items] == [(item.kind, item.key) for item in kept.items]


@given(states(st.sampled_from(["0", "1"])), states(st.sampled_from(["0", "1"])))
def test_with_everything_told_it_is_the_new_one_to_the_letter(before: HostState, after: HostState) -> None:
    whole = msgspec.structs.replace(after, kinds=tuple(sorted({*before.kinds, *after.kinds})))

    assert without_time(accepted(before, whole, state_diff(before, whole))) == without_time(whole)


@given(states(), states(), st.integers(0, 255))
def test_what_is_not_accepted_stays_a_difference(before: HostState, after: HostState, mask: int) -> None:
    changes = state_diff(before, after)
    taken = [change for at, change in enumerate(changes) if mask >> (at % 8) & 1]

    left = state_diff(accepted(before, after, taken), after)

    assert left == tuple(change for change in changes if change not in taken)


@given(states())
def test_a_state_does_not_differ_from_itself(one: HostState) -> None:
    assert state_diff(one, one) == ()


def test_an_event_says_what_happened_to_one_item() -> None:
    change = ItemChange(
        change=CHANGED,
        kind="account",
        key="ann",
        was={"gecos": 'A "B" C', "uid": "1001"},
        now={"gecos": "Ann", "uid": "0"},
    )

    event = state_event(change, host="web1", at=1.0, location="state:machine")

    assert event.kind == KIND
    assert event.fields == {
        "change": "changed",
        "item_kind": "account",
        "item": "ann",
        "field": "gecos,uid",
        "was": 'gecos="A \\"B\\" C" uid=1001',
        "now": "gecos=Ann uid=0",
    }
    assert set(event.fields) == set(FIELDS[KIND]) - {"among"}
    assert event.text == 'account ann changed: gecos="A \\"B\\" C" uid=1001 -> gecos=Ann uid=0'


def test_an_event_leaves_out_what_is_not_there() -> None:
    change = ItemChange(change=ADDED, kind="port", key="tcp 0.0.0.0:22", now={"program": NOT_TOLD})

    event = state_event(change, host="web1", at=1.0, location="state:machine")

    assert event.fields == {"change": "added", "item_kind": "port", "item": "tcp 0.0.0.0:22"}
    assert event.text == "port tcp 0.0.0.0:22 added"
    assert shown_fields({"a": "x" * 5000}) == "a=" + "x" * 998 + "...(+4002)"


def test_packages_that_move_with_many_others_are_told_in_one_event_besides() -> None:
    def moved(count: int) -> list[ItemChange]:
        upgraded = [
            ItemChange(change=CHANGED, kind="package", key=f"lib{n:02}", was={"version": "1"}, now={"version": "2"})
            for n in range(count - 1)
        ]
        return [
            *upgraded,
            ItemChange(change=ADDED, kind="package", key="new"),
            ItemChange(change=ADDED, kind="port", key="tcp *:1"),
        ]

    few = state_events(moved(10), host="web1", at=1.0, location="state:machine")
    many = state_events(moved(11), host="web1", at=1.0, location="state:machine")

    assert len(few) == 11
    assert all("among" not in event.fields for event in few)
    assert [event.fields.get("among") for event in many] == ["11"] * 11 + [None, None]
    assert many[-1].text == (
        "11 packages moved together: 1 added, 10 changed: "
        "lib00 changed, lib01 changed, lib02 changed, lib03 changed, lib04 changed and 6 more"
    )
