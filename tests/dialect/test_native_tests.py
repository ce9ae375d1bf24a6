from __future__ import annotations

import pytest

from ospatrol.dialect.native import NativeRules, read_native
from ospatrol.dialect.native_tests import EventTest, LineTest
from ospatrol.model.place import Place


def native(tests: str) -> NativeRules:
    return read_native(
        [("r.yml", f"rules:\n  - id: 9\n    level: 3\n    description: d\n    parent: 1\n    tests: {tests}")]
    )


def test_a_log_line_is_a_test() -> None:
    found = native("{silent: [{log: a}, {log: 'f\u00fcr', decoder: x, fields: {UserName: '\u00fc', n: 7}}]}")

    assert found.problems == ()
    assert found.log_tests[1] == LineTest(
        file="r.yml",
        section="rule 9",
        key="silent 2",
        lines=("f\xc3\xbcr",),
        rule="9",
        level="3",
        decoder="x",
        passes=False,
        place=Place("r.yml", 6),
        fields={"username": "\xc3\xbc", "n": "7"},
    )


def test_of_several_lines_the_last_is_judged() -> None:
    (test,) = native('{fires: [{logs: [a, "b\\n"]}]}').log_tests

    assert (test.lines, test.passes, test.decoder) == (("a", "b"), True, "")


def test_of_several_events_the_last_is_judged() -> None:
    (test,) = native("{fires: [{events: [{A: 1}, {host: h, b: 2}]}]}").tests

    assert isinstance(test, EventTest)
    assert [(event.at, event.host, dict(event.fields)) for event in (*test.before, test.event)] == [
        (0.0, "web1", {"a": "1"}),
        (1.0, "h", {"b": "2"}),
    ]


def test_an_event_may_have_a_field_called_events() -> None:
    (test,) = native("{fires: [{events: many}]}").tests

    assert dict(test.event.fields) == {"events": "many"}


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("{log: a, decodr: b}", "unknown key 'decodr'; did you mean 'decoder'?"),
        ("{log: a, logs: [b]}", "either 'log' with a line or 'logs' with several"),
        ("{log: [a]}", "'log' is one line, and 'logs' a list of lines"),
        ("{logs: a}", "'log' is one line, and 'logs' a list of lines"),
        ("{logs: []}", "'log' is one line, and 'logs' a list of lines"),
        ('{log: "a\\nb"}', "'log' is one line, and 'logs' a list of lines"),
        ("{log: a, decoder: [b]}", "decoder: expected the name of a decoder"),
        ("{log: a, fields: [b]}", "fields: expected a mapping of fields to texts"),
        ("{log: a, fields: {b: [c]}}", "the value of each field is one text"),
        ("{log: a, fields: {'b c': d}}", "'b c' is no name of a field"),
        ("{events: []}", "events: expected a list of events"),
        ("{events: [{events: [{a: b}]}]}", "the value of each field is one text"),
        ("{events: [a]}", "an event is a mapping of fields to texts"),
        ("{events: [{a: b}], c: d}", "unknown key 'c'"),
    ],
)
def test_a_mistake_is_told_with_its_line(test: str, said: str) -> None:
    found = native(f"{{fires: [{test}]}}")

    assert (found.rules, found.tests, found.log_tests) == ((), (), ())
    assert any(said in error.problem for error in found.problems), found.problems
    assert {str(error.place) for error in found.problems} == {"r.yml:6"}
