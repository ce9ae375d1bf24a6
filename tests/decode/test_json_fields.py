"""The fields of JSON, as Wazuh finds them."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ospatrol.decode.json_fields import DEEPEST, json_fields
from ospatrol.decode.json_text import compact, members, number_text, plain_text, quoted, text_of
from ospatrol.model.decoder import JsonArrays

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus" / "wazuh" / "expected.json"


def read(text, *, nulls=True, arrays=JsonArrays.ARRAY, dstuser=False):
    return json_fields(text, nulls=nulls, arrays=arrays, dstuser=dstuser)


def latin(text):
    return text.encode().decode("latin-1")


def flat(data, prefix=""):
    for key, value in data.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('{"a": {"b": "x", "c": {}}, "d": []}', {"a.b": "x", "d": "[]"}),
        ('{"a": true, "b": false, "c": null}', {"a": "true", "b": "false", "c": "null"}),
        (
            '{"a": 1, "b": -2147483648, "c": 2147483648, "d": 1.0, "e": 0.5}',
            {"a": "1", "b": "-2147483648", "c": "2147483648.000000", "d": "1", "e": "0.500000"},
        ),
        ('{"a": 1622505600000}', {"a": "1622505600000.000000"}),
        ('{"a": 1e400, "b": -1e400}', {"a": "inf", "b": "-inf"}),
        ('{"a": "x", "a": "y"}', {"a": "x"}),
        ('{"a": "x"} and more', {"a": "x"}),
        (' \t\n{"a": "x"}', {"a": "x"}),
        ('\xef\xbb\xbf{"a": "x"}', {"a": "x"}),
        ('{"a": "\\u00e9\\ud83d\\ude00\\u0041\\u0022\\n"}', {"a": '\xc3\xa9\xf0\x9f\x98\x80A"\n'}),
        ('{"a": "\xc3\xa9"}', {"a": "\xc3\xa9"}),
        ('{"a": "\xff\xfe"}', {"a": "\xff\xfe"}),
        ('{"a": "C:\\\\\\\\u0041"}', {"a": "C:\\\\u0041"}),
        ('{"a": "x\\u0000y", "b": "z"}', {"a": "x", "b": "z"}),
        ('{"a": "x\ty\x01"}', {"a": "x\ty\x01"}),
        ('{"": "x", "a": {"": "y"}}', {"": "x", "a.": "y"}),
        ("[1, 2]", {}),
        ('"text"', {}),
        ("7", {}),
        ("{}", {}),
    ],
)
def test_a_json_text_has_fields(text, fields):
    found = read(text)

    assert found is not None
    assert found.fields == fields


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text",
        "{",
        '{"a"}',
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": "\\ud83d"}',
        '{"a": "\\x"}',
        '{"a": ' + "9" * 5000 + "}",
        "{'a': 1}",
    ],
)
def test_what_is_no_json_has_none(text):
    assert read(text) is None


def test_static_fields_take_the_last_value_and_others_the_first():
    found = read('{"srcip": "1", "srcip": "2", "systemname": "s", "x": {"srcip": "3"}, "extra_data": "e"}')

    assert found.fields == {"srcip": "2", "system_name": "s", "x.srcip": "3", "extra_data": "e"}


def test_user_is_the_dstuser_unless_there_is_one():
    assert read('{"user": "u"}').fields == {"dstuser": "u"}
    assert read('{"dstuser": "d", "user": "u"}').fields == {"dstuser": "d", "user": "u"}
    assert read('{"user": "u"}', dstuser=True).fields == {"user": "u"}
    assert read('{"user": "u", "dstuser": "d"}').fields == {"dstuser": "d"}


def test_names_are_in_lower_case_and_tell_how_they_were_written():
    found = read('{"Event": {"ID": "1"}, "\xc3\x84b": "2", "a": "3", "SrcIP": "4", "srcip": "5"}')

    assert found.fields == {"event.id": "1", "\xc3\x84b": "2", "a": "3", "srcip": "5"}
    assert found.names == {"event.id": "Event.ID"}


def test_nulls_are_left_out_when_the_decoder_says_so():
    assert read('{"a": null, "b": [null]}', nulls=False).fields == {"b": "[null]"}


def test_arrays_are_printed_as_cjson_prints_them():
    found = read(
        '{"a": ["x", "y\\n\\u0001\\"/", 1, 2.5, 1622505600000, 1e400, 0.1, 1e300],'
        ' "b": [{"k": [true, null], "l": {}}, []]}'
    )

    assert found.fields == {
        "a": '["x", "y\\n\\u0001\\"/", 1, 2.5, 1622505600000, null, 0.1, 1e+300]',
        "b": '[{\n\t\t"k":\t[true, null],\n\t\t"l":\t{\n\t\t}\n\t}, []]',
    }


def test_arrays_as_csv_have_their_plain_values_and_empty_ones_are_left_out():
    found = read('{"a": ["x", 1, 0.5, true, null, {"b": 1}, [2]], "c": []}', arrays=JsonArrays.CSV)

    assert found.fields == {"a": "x,1,0.500000,true,null"}


def test_no_more_than_256_dynamic_fields_are_kept():
    found = read("{" + ",".join(f'"k{number}": 1' for number in range(300)) + ', "srcip": "1"}')

    assert len(found.fields) == 257
    assert found.fields["srcip"] == "1"


@pytest.mark.parametrize(("opening", "closing"), [('{"a":', "}"), ("[", "]")])
def test_what_is_nested_too_deep_is_no_json(opening, closing):
    for depth in (DEEPEST + 10, 5_000, 1_000_000):
        assert read('{"x":' + opening * depth + "1" + closing * depth + "}") is None
        assert read('{"x":' + opening * depth) is None

    assert read('{"x":' + opening * 300 + "1" + closing * 300 + "}") is not None


def test_ten_megabytes_are_read():
    found = read("{" + ",".join(f'"k{number}": "value of this key"' for number in range(350_000)) + "}")

    assert len(found.fields) == 256


def test_the_corpus_is_there():
    if not CORPUS.exists() and os.environ.get("CI") != "true":
        pytest.skip("../shared/corpus is not beside this repository")

    assert CORPUS.exists()


@pytest.mark.skipif(not CORPUS.exists(), reason="../shared/corpus is not beside this repository")
def test_real_events_have_the_fields_that_wazuh_found():
    compared = 0
    for case in json.loads(CORPUS.read_text(encoding="utf-8")):
        for line, event in zip(case["logs"], case["events"], strict=True):
            if event.get("decoder") != "json" or not line.startswith("{"):
                continue
            found = read(latin(line))
            written = {found.names.get(name, name): value for name, value in found.fields.items()}
            expected = dict(flat(event.get("data", {})))
            # the alert leaves out empty values
            assert {name for name, value in written.items() if value} == set(expected)
            for name, value in expected.items():
                shown = json.loads(written[name].encode("latin-1")) if isinstance(value, list) else written[name]
                assert shown == (value if isinstance(value, list) else latin(value))
                compared += 1

    assert compared > 8000


def test_numbers_of_any_size_are_shown():
    assert number_text(10**400) == "inf"
    assert number_text(-(10**400)) == "-inf"
    assert text_of([10**400, -0.0], 5) == "[null, -0]"


def test_values_on_one_line():
    assert compact((("a", [1, "x"]), ("b", (("c", None),)))) == '{"a":[1,"x"],"b":{"c":null}}'
    with pytest.raises(ValueError, match="-1"):
        compact([[[]]], 1)


def test_plain_values_and_members():
    assert [plain_text(value) for value in ("x", 1, True, None, [], ())] == ["x", "1", "true", None, None, None]
    assert members((("a", 1), ("a", 2))) == {"a": 1}
    assert members([1]) == {}


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(st.text(alphabet=st.characters(max_codepoint=255)) | st.text(alphabet='{}[]":,\\u0dD8c1e.-tn \0\xff'))
@example('{"a":"\\u000')
@example("{" * 10)
def test_nothing_makes_it_fail(text):
    for arrays in JsonArrays:
        found = read('{"a":' + text, arrays=arrays)
        read(text, arrays=arrays)

        assert found is None or all(ord(char) < 256 for value in found.fields.values() for char in value)


@settings(max_examples=1000, deadline=None, derandomize=True)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.booleans())
def test_a_string_comes_through_escaped_or_not(text, escaped):
    found = read(latin(json.dumps({"k": text}, ensure_ascii=escaped)))

    # as in C, a string ends at a NUL
    assert found.fields == {"k": latin(text.partition("\0")[0])}


@settings(max_examples=600, deadline=None, derandomize=True)
@given(st.text(alphabet=st.characters(max_codepoint=255)))
def test_a_quoted_text_is_json(text):
    assert json.loads(quoted(text)) == text
