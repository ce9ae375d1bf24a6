from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ospatrol.engine.alert import alert_of
from ospatrol.engine.judge import judge
from ospatrol.model.text import escape_controls


def test_an_alert_carries_the_rule_and_the_event(ruleset, event) -> None:
    rules = ruleset(
        """
rules:
  - id: 1
    level: 12
    description: "$(path) on $(host): $(gone), $(kind) at $(location): $(text)"
    groups: [g]
    match: {kind: integrity}
    mitre: [T1554]
    compliance: {pci_dss: ["11.5.2"]}
"""
    )
    told = event(path="/bin/ls")

    alert = judge(rules, told)

    assert alert is not None
    assert (alert.rule, alert.level, alert.event, alert.groups, alert.mitre) == (1, 12, told, ("g",), ("T1554",))
    assert alert.description == "/bin/ls on web1: -, integrity at files:system: a line"
    assert alert.compliance == {"pci_dss": ("11.5.2",)}


def test_level_0_and_no_match_raise_no_alert(ruleset, rule, event) -> None:
    rules = ruleset(rule(1, 0, kind="integrity"))

    assert judge(rules, event()) is None
    assert judge(rules, event("clock")) is None


def test_values_are_cut_and_never_filled_in_twice(rule, event) -> None:
    speaks = rule(1, 5, description="$(a) $(b)")

    alert = alert_of(speaks, event(a="x" * 402, b="$(a)"))

    assert alert is not None
    assert alert.description == "x" * 400 + "...(+2) $(a)"


def test_the_id_is_stable_and_depends_on_all_that_matters(rule, event) -> None:
    base = event(a="1", b="2")

    def id_of(told, identity: int = 1) -> str:
        alert = alert_of(rule(identity), told)
        assert alert is not None
        return alert.id

    assert re.fullmatch(r"[0-9a-f]{16}", id_of(base))
    assert id_of(base) == id_of(event(b="2", a="1")) == id_of(replace(base, text="other"))
    others = {
        id_of(base, 2),
        id_of(replace(base, host="h")),
        id_of(replace(base, at=2.0)),
        id_of(replace(base, location="x")),
        id_of(replace(base, kind="x")),
        id_of(event(a="12")),
        id_of(event(a="1", b="3")),
    }
    assert len(others | {id_of(base)}) == 8


@given(st.dictionaries(st.sampled_from(["path", "x"]), st.text(max_size=50)))
def test_descriptions_of_escaped_events_hold_no_control_characters(rule, event, fields) -> None:
    speaks = rule(1, 5, description="$(path)$(x)")

    alert = alert_of(speaks, event(**{name: escape_controls(value) for name, value in fields.items()}))

    assert alert is not None
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", alert.description)
