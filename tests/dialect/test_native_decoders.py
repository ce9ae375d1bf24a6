from __future__ import annotations

import msgspec
import pytest

from ospatrol.dialect.native import read_native
from ospatrol.dialect.native_decoder_check import decoder_mistakes
from ospatrol.dialect.native_decoders import groups_of
from ospatrol.model.decoder import Decoder, JsonArrays, Offset, Plugin, Semantics
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.place import Place


def read(*decoders: str) -> tuple[Decoder, ...]:
    native = read_native([("d.yml", "decoders:\n" + "".join(f"  - {{{each}}}\n" for each in decoders))])
    assert native.problems == ()
    return native.decoders


def test_a_decoder_is_read_with_all_it_says() -> None:
    root, child = read(
        "name: shopd, program: ^shopd$, prematch: {pattern: 'a|b', syntax: osmatch}, category: web-log",
        "name: login, parent: shopd, syntax: osregex, prematch: {pattern: login, after: parent}, "
        "regex: {pattern: '(\\S+) (\\d+)', after: prematch}, fields: [user, Port], first_time: [user, location], "
        "accumulate: true, own_name: true",
    )

    assert root == Decoder(
        name="shopd",
        place=Place("d.yml", 2),
        program=Expression(text="^shopd$"),
        prematch=Expression(text="a|b", syntax=Syntax.OSMATCH),
        category="web-log",
    )
    assert child == Decoder(
        name="login",
        place=Place("d.yml", 3),
        parent="shopd",
        prematch=Expression(text="login", syntax=Syntax.OSREGEX),
        prematch_offset=Offset.AFTER_PARENT,
        regex=Expression(text=r"(\S+) (\d+)", syntax=Syntax.OSREGEX),
        regex_offset=Offset.AFTER_PREMATCH,
        order=("user", "Port"),
        first_time=("user", "location"),
        accumulate=True,
        own_name=True,
    )


def test_groups_with_names_need_no_list_of_fields() -> None:
    (decoder,) = read("name: a, program: a, regex: '(?P<srcip>\\S+) (?:x|y) (?P<srcUser>[(]+)'")

    assert decoder.order == ("srcip", "srcUser")


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("(a)(?:b)(?i)(?P<c>d)(?<e>f)", (None, "c", "e")),
        (r"\((a)[()](?=b)(?!c)(?<=d)\Q(\E", (None,)),
        (r"[]()](a)[^]()][[:alpha:]()](\])", (None, None)),
        ("abc", ()),
    ],
)
def test_groups_are_counted_from_the_left(pattern: str, names: tuple[str | None, ...]) -> None:
    assert groups_of(Expression(text=pattern)) == names


def test_json_and_other_code_find_fields_too() -> None:
    plain, nulls, code = read(
        "name: a, prematch: '^{', json: true",
        "name: b, parent: a, prematch: b, json: {after: parent, nulls: false, arrays: csv}",
        "name: c, program: pf, plugin: pf",
    )

    assert (plain.plugin, plain.plugin_offset, plain.json_nulls, plain.json_arrays) == (
        Plugin.JSON,
        Offset.START,
        True,
        JsonArrays.ARRAY,
    )
    assert (nulls.plugin, nulls.plugin_offset, nulls.json_nulls, nulls.json_arrays) == (
        Plugin.JSON,
        Offset.AFTER_PARENT,
        False,
        JsonArrays.CSV,
    )
    assert code.plugin is Plugin.PF
    assert read("name: a, prematch: a, json: {}")[0].plugin is Plugin.JSON


def test_patterns_are_in_bytes_as_logs_are_read() -> None:
    (decoder,) = read("name: a, prematch: für")

    assert decoder.prematch == Expression(text="f\xc3\xbcr")


@pytest.mark.parametrize(
    ("decoder", "said"),
    [
        ("name: a, progam: b", "unknown key 'progam'; did you mean 'program'?"),
        ("program: b", "the key 'name' is missing"),
        ("name: '', program: b", "the name must be one line of text"),
        ("name: a, program: b, category: ' '", "the category must be one line of text"),
        ("name: a", "a decoder without 'parent' needs 'program' or 'prematch'"),
        ("name: a, parent: b", "a decoder with 'parent' needs one of"),
        ("name: a, parent: b, program: c", "program is asked of roots"),
        ("name: a, prematch: b, regex: '(?P<c>d)', json: true", "'regex' and 'json' cannot stand in one decoder"),
        ("name: a, prematch: b, fields: [c]", "'fields' names what the groups of 'regex' find"),
        ("name: a, prematch: b, regex: c", "regex: it has no group"),
        ("name: a, prematch: b, regex: '(c)(?P<d>e)'", "regex: name every group, as in (?P<srcip>...)"),
        ("name: a, prematch: b, regex: '(c)', fields: [d, e]", "fields: 2 names for the 1 groups of 'regex'"),
        ("name: a, prematch: b, regex: '(c)', fields: ['d e']", "'d e' is no name of a field"),
        ("name: a, prematch: b, syntax: osregex, regex: '(c)'", "regex: 'fields' is missing"),
        ("name: a, prematch: '('", "prematch: a `(` is not closed"),
        ("name: a, prematch: {patern: a}", "unknown key 'patern'; did you mean 'pattern'?"),
        ("name: a, prematch: [a]", "prematch: expected"),
        ("name: a, program: {pattern: a, after: parent}", "unknown key 'after'"),
        ("name: a, prematch: {pattern: a, after: parent}", "after: this decoder has no parent"),
        ("name: a, parent: b, prematch: {pattern: a, after: regex}", "after: unknown word 'regex'"),
        ("name: a, parent: b, prematch: {pattern: a, after: [1]}", "after: unknown word ''"),
        ("name: a, prematch: b, plugin: pff", "plugin: unknown word 'pff'; did you mean 'pf'?"),
        ("name: a, prematch: b, json: {nuls: true}", "unknown key 'nuls'; did you mean 'nulls'?"),
        ("name: a, prematch: b, json: {nulls: maybe}", "nulls is true or false"),
        ("name: a, prematch: b, json: {arrays: list}", "arrays: unknown word 'list'"),
        ("name: a, parent: b, json: {nulls: false}", "a child with 'nulls' or 'arrays' needs 'prematch'"),
        ("name: a, parent: b, json: true, accumulate: true", "accumulate belongs to the root"),
        ("name: a, prematch: b, syntax: re3", "syntax: unknown word 're3'; did you mean 're2'?"),
        ("name: a, prematch: b, first_time: [c d]", "'c d' is no name of a field"),
    ],
)
def test_a_mistake_is_told_with_its_line(decoder: str, said: str) -> None:
    native = read_native([("d.yml", f"decoders:\n  - {{{decoder}}}\n  - 7")])

    assert native.decoders == ()
    assert any(said in error.problem for error in native.problems), native.problems
    assert {str(error.place) for error in native.problems} == {"d.yml:2", "d.yml:3"}


def test_parents_are_roots_that_stand_further_up() -> None:
    decoders = read(
        "name: a, program: a",
        "name: b, parent: a, prematch: b",
        "name: c, parent: b, prematch: c",
        "name: d, parent: e, prematch: d",
        "name: e, program: e",
        "name: f, parent: ee, prematch: f",
    )
    foreign = Decoder(name="g", place=Place("x.xml", 1), parent="zz", semantics=Semantics.WAZUH)

    assert [str(error) for error in decoder_mistakes([*decoders, foreign])] == [
        "d.yml:4: the parent 'b' of decoder 'c' has a parent itself; name that one",
        "d.yml:5: the parent 'e' of decoder 'd' stands further down; move it up",
        "d.yml:7: the parent 'ee' of decoder 'f' does not exist; did you mean 'e'?",
    ]
    assert "mean" not in str(decoder_mistakes(read("name: f, parent: xyz, prematch: f"))[0])


def test_a_child_behind_one_that_takes_every_line_is_never_tried() -> None:
    decoders = read(
        "name: a, program: a",
        "name: b, parent: a, prematch: b",
        "name: b, parent: a, regex: '(?P<x>b)'",
        "name: c, parent: a, regex: '(?P<x>c)'",
        "name: c, parent: a, regex: '(?P<y>c)'",
        "name: d, parent: a, prematch: d",
    )

    assert [str(error) for error in decoder_mistakes(decoders)] == [
        "d.yml:7: the decoder 'd' is never tried: 'c' before it takes every line"
    ]
    assert decoder_mistakes(decoders[:-1]) == ()
    assert decoder_mistakes([*decoders[:-1], msgspec.structs.replace(decoders[-1], semantics=Semantics.OSSEC)]) == ()
