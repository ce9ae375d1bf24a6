from __future__ import annotations

import json
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ospatrol.dialect.native import read_native, read_rules
from ospatrol.model.errors import ConfigErrors
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Operator, Rule

FULL = """\
fields:
  integrity: [path, verdict, change, size]
rules:
  - id: 910103
    level: 12
    description: "Packaged file $(path) on $(host) contradicts package"
    parent: 910100
    groups: [integrity, package]
    match:
      verdict: contradicts package
      path: {prefix: [/bin/, /usr/], not_suffix: .bak}
      change: {not: deleted}
      size: {at_least: 1, at_most: 99}
      owner: {exists: false}
      host: [web1, web2]
    mitre: [T1554, T1053.003]
    compliance: {pci_dss: ["11.5.2"], nist_800_53: [SI-7]}
    tests:
      fires:
        - {path: /bin/x, size: 3, setuid: true}
      silent:
        - {kind: other, host: h, location: l, text: t}
  - id: 910104
    level: 0
    description: x
    parent: [1, 2]
"""


def wrongs(text: str) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        read_rules([("r.yml", dedent(text))])
    return str(caught.value).split("\n")


def a_rule(**given: str) -> str:
    keys = {"id": "1", "level": "3", "description": "x", "match": "{a: b}", **given}
    return "rules:\n  - " + "\n    ".join(f"{key}: {value}" for key, value in keys.items())


def test_a_rule_is_read_with_all_it_says() -> None:
    native = read_native([("r.yml", FULL)])

    def at(line: int, field: str, operator: Operator, *operands: str, negate: bool = False) -> Condition:
        return Condition(field=field, operator=operator, operands=operands, negate=negate, place=Place("r.yml", line))

    assert native.problems == ()
    assert native.rules[0] == Rule(
        id=910103,
        level=12,
        description="Packaged file $(path) on $(host) contradicts package",
        place=Place("r.yml", 4),
        parents=(910100,),
        conditions=(
            at(10, "verdict", Operator.EQUALS, "contradicts package"),
            at(11, "path", Operator.PREFIX, "/bin/", "/usr/"),
            at(11, "path", Operator.SUFFIX, ".bak", negate=True),
            at(12, "change", Operator.EQUALS, "deleted", negate=True),
            at(13, "size", Operator.AT_LEAST, "1"),
            at(13, "size", Operator.AT_MOST, "99"),
            at(14, "owner", Operator.EXISTS, negate=True),
            at(15, "host", Operator.EQUALS, "web1", "web2"),
        ),
        groups=("integrity", "package"),
        mitre=("T1554", "T1053.003"),
        compliance={"pci_dss": ("11.5.2",), "nist_800_53": ("SI-7",)},
    )
    assert native.rules[1].parents == (1, 2)
    assert native.fields == {"integrity": ("change", "path", "size", "verdict")}


def test_the_tests_of_a_rule_are_events() -> None:
    fires, silent = read_native([("r.yml", FULL)]).tests

    assert (fires.rule, fires.fires, fires.place) == (910103, True, Place("r.yml", 20))
    assert (fires.event.kind, fires.event.host, dict(fires.event.fields)) == (
        "",
        "web1",
        {"path": "/bin/x", "size": "3", "setuid": "true"},
    )
    assert (silent.fires, silent.event.kind, silent.event.host, silent.event.location, silent.event.text) == (
        False,
        "other",
        "h",
        "l",
        "t",
    )


def test_rules_of_several_files_come_in_their_order() -> None:
    rules = read_rules([("b.yml", a_rule(id="2")), ("a.yml", a_rule(id="1"))])

    assert [rule.id for rule in rules] == [2, 1]


def test_every_mistake_of_every_file_is_told_at_once() -> None:
    bad = """\
    rules:
      - id: 1
        levl: 3
        description: x
        match: {path: {prefx: a}}
      - id: 2
        level: 16
        description: y
        match: {path: a}
    """

    with pytest.raises(ConfigErrors) as caught:
        read_rules([("b.yml", dedent(bad)), ("a.yml", "rules: {}"), ("c.yml", "rules: [")])

    assert [str(error).split(";")[0] for error in caught.value.errors] == [
        "a.yml:1: expected the key 'rules' with a list",
        "b.yml:3: unknown key 'levl'",
        "b.yml:5: path: unknown operator 'prefx'",
        "b.yml:7: the level 16 is not between 0 and 15",
        str(caught.value.errors[-1]),
    ]
    assert "did you mean 'prefix'?" in str(caught.value)
    assert "c.yml:2: not valid YAML" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected a mapping with the key 'rules'"),
        ("[1]", "expected a mapping with the key 'rules'"),
        ("rules:", "expected the key 'rules' with a list"),
        ("rules: [1]", "expected a mapping with id"),
        ("rules: []\nrles: 1", "unknown key 'rles'; did you mean 'rules'?"),
        ("decoders: 1", "expected the key 'decoders' with a list"),
        ("lists: 1", "lists: expected a mapping of names"),
        ("lists: {a: 1}", "lists: expected a list of keys, or a mapping of keys to values, for 'a'"),
        ("lists: {a: [1.5]}", "lists: expected a list of keys"),
        ("lists: {a: {b: [c]}}", "lists: expected a list of keys"),
        ("rules: []\nfields: {a: [Path]}", "'Path' is no name of a field in lower case"),
        ("rules: []\nfields: [a]", "fields: expected a mapping"),
        ("rules: []\nfields: {a: b}", "fields: expected a list of names for 'a'"),
        ("rules: []\nfields: {a: [1.5]}", "fields: expected a list of names for 'a'"),
        ("rules: []\nfields: {a: [x y]}", "'x y' is no name of a field"),
        (a_rule(id="0"), "the id 0 is not between"),
        (a_rule(id="x"), "id: expected a whole number, not text"),
        (a_rule(level="-1"), "the level -1 is not between"),
        (a_rule(description='" "'), "must be one line of text"),
        (a_rule(description='"a\\nb"'), "must be one line of text"),
        (a_rule(match="{}"), "needs 'match' or 'parent'"),
        (a_rule(match="[a]"), "match: expected a mapping, not a list"),
        (a_rule(match="{a: {}}"), "a: an operator is missing; known are at_least"),
        (a_rule(match="{a: {exists: maybe}}"), "a: exists is true or false"),
        (a_rule(match="{a: 1.50}"), "a number with a point needs quotes"),
        (a_rule(match="{a: []}"), "expected a text or a list of texts"),
        (a_rule(match="{a: [b, 1.5]}"), "expected a text or a list of texts"),
        (a_rule(match="{a: }"), "expected a text or a list of texts"),
        (a_rule(match="{a: {at_least: many}}"), "a: at_least compares numbers"),
        (a_rule(match="{'a b': c}"), "'a b' is no name of a field"),
        (a_rule(mitre="[T15]"), "'T15' is no ATT&CK technique"),
        (a_rule(compliance="{pci_dss: [11.5]}"), "compliance: expected text, not a number with a fraction"),
        (a_rule(tests="{fire: []}"), "unknown key 'fire'; did you mean 'fires'?"),
        (a_rule(tests="{fires: [{a: [b]}]}"), "tests: the value of each field is one text"),
        (a_rule(tests="{fires: 1}"), "tests: expected a list, not a whole number"),
        (a_rule(tests="{fires: [1]}"), "tests: expected a mapping, not a whole number"),
        (a_rule(parent="x"), "parent: expected a whole number or a list, not text"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(text: str, said: str) -> None:
    assert any(said in line and line.startswith("r.yml:") for line in wrongs(text)), wrongs(text)


def test_a_faulty_rule_is_kept_apart_as_far_as_it_could_be_read() -> None:
    native = read_native([("r.yml", a_rule(level="high", match="{a: {regex: x}}") + "\n  - {level: 3}\n")])

    assert native.rules == ()
    assert [(rule.id, len(rule.conditions)) for rule in native.faulty] == [(1, 1), (-2, 0)]
    assert native.complete


def test_a_file_that_is_no_yaml_leaves_the_rest_incomplete() -> None:
    assert not read_native([("r.yml", "rules: [")]).complete


def test_decoders_and_lists_stand_in_the_same_files() -> None:
    native = read_native(
        [
            ("a.yml", "decoders: [{name: a, program: a}]\nlists: {l: [x, 1, true], m: {y: , z: 2, 'ü': 'ä'}}"),
            ("b.yml", "lists: {l: [x]}\nrules: []"),
        ]
    )

    assert [decoder.name for decoder in native.decoders] == ["a"]
    assert native.lists == {
        "l": {"x": "", "1": "", "true": ""},
        "m": {"y": "", "z": "2", "ü": "\xc3\xa4", "\xc3\xbc": "\xc3\xa4"},
    }
    assert [str(error) for error in native.problems] == ["b.yml:1: the list 'l' stands already at a.yml:2"]


@given(st.text(max_size=80))
def test_no_text_makes_the_reader_raise_anything_of_its_own(text: str) -> None:
    native = read_native([("r.yml", text), ("s.yml", f"rules:\n  - {text!r}: 1")])

    assert native.rules == ()
    assert native.problems


KEYS = [
    *(
        "rules",
        "decoders",
        "lists",
        "fields",
        "id",
        "level",
        "description",
        "parent",
        "match",
        "tests",
        "fires",
        "silent",
    ),
    *("frequency", "within", "of", "same", "group", "log", "logs", "events", "any", "at", "time", "regex", "syntax"),
    *("listed", "list", "by", "value", "name", "program", "prematch", "after", "json", "pattern", "first_time", "kind"),
]
SCALARS = (
    st.none() | st.booleans() | st.integers(-3, 10**10) | st.floats() | st.sampled_from(KEYS) | st.text(max_size=6)
)
NODES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner),
    max_leaves=12,
)
RULE = st.fixed_dictionaries(
    {"id": st.integers(1, 9), "level": st.integers(0, 15), "description": st.just("d"), "match": NODES},
    optional=dict.fromkeys(sorted({*KEYS, "every", "ignore"} - {"id", "level", "description", "match"}), NODES),
)
DECODER = st.fixed_dictionaries(
    {"name": st.just("a"), "program": NODES},
    optional=dict.fromkeys(sorted({*KEYS} - {"name", "program"}), NODES),
)


@pytest.mark.no_cover
@given(st.lists(RULE | NODES, max_size=3), st.lists(DECODER | NODES, max_size=2), NODES, NODES)
def test_nothing_that_is_written_makes_the_reader_raise(rules, decoders, lists, fields) -> None:
    written = json.dumps({"rules": rules, "decoders": decoders, "lists": lists, "fields": fields})

    native = read_native([("r.yml", written)])

    assert all(error.place.path == "r.yml" for error in native.problems)
    assert len(native.rules) + len(native.faulty) <= len(rules)
