from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ospatrol.load.yaml import Flavour, Lined, LinedList, Tagged, read_yaml
from ospatrol.model.errors import ConfigError
from ospatrol.model.place import Place


def read(text: str, flavour: Flavour = Flavour.OURS) -> object:
    return read_yaml(text, "f.yml", flavour=flavour)


def test_every_key_and_item_knows_its_line() -> None:
    node = read("a: 1\nb:\n  - x\n  - c:\n      d: 2\n")

    assert isinstance(node, Lined)
    items = node["b"]
    assert isinstance(items, LinedList)
    assert isinstance(items[1], Lined)
    inner = items[1]["c"]
    assert isinstance(inner, Lined)
    assert (node.at("b").line, items.at(1).line, inner.at("d").line) == (2, 4, 5)
    assert node.at("no such key") == node.place == Place("f.yml", 1)


@pytest.mark.parametrize("word", ["no", "on", "0755", "1:30", "2026-11-21", "1e3", "0x10", "1_000", "~ x"])
def test_a_plain_word_stays_the_text_that_a_person_wrote(word: str) -> None:
    assert read(f"a: {word}") == {"a": word}


@pytest.mark.parametrize(
    ("word", "value"),
    [("true", True), ("False", False), ("12", 12), ("-3", -3), ("1.5", 1.5), ("null", None), ("", None)],
)
def test_numbers_booleans_and_null_are_what_they_look_like(word: str, value: object) -> None:
    assert read(f"a: {word}") == {"a": value}


@pytest.mark.parametrize(("word", "value"), [("no", False), ("0755", 493), ("1:30", 90), ("2026-11-21", "2026-11-21")])
def test_ansible_files_are_read_as_ansible_reads_them(word: str, value: object) -> None:
    assert read(f"a: {word}", Flavour.ANSIBLE) == {"a": value}


def test_vault_and_unsafe_values_stay_closed() -> None:
    node = read("a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  00\nb: !unsafe '{{ x }}'\n", Flavour.ANSIBLE)

    assert node == {
        "a": Tagged("!vault", "$ANSIBLE_VAULT;1.1;AES256\n00\n", Place("f.yml", 1)),
        "b": Tagged("!unsafe", "{{ x }}", Place("f.yml", 4)),
    }


def test_merged_keys_give_way_to_written_ones() -> None:
    assert read("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n") == {"x": {"a": 1, "b": 2}, "y": {"a": 1, "b": 3}}


def test_a_doubled_key_is_a_mistake_in_our_files_and_the_last_one_wins_in_ansibles() -> None:
    with pytest.raises(ConfigError, match=r"f\.yml:2: the key 'a' stands here a second time"):
        read("a: 1\na: 2\n")

    assert read("a: 1\na: 2\n", Flavour.ANSIBLE) == {"a": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", r"f\.yml:\d: not valid YAML"),
        ("a: 1\n---\nb: 2\n", r"f\.yml:2: not valid YAML"),
        ("? [a]\n: b\n", r"f\.yml:1: a key must be plain text"),
        ("a: !foo x", r"f\.yml:1: unknown tag !foo"),
        ("a: !!python/object:os.system x", r"f\.yml:1: not valid YAML"),
        ("a: !!int x", r"f\.yml:1: not a valid value"),
        ("a: \x01", r"f\.yml: not valid YAML"),
        ("[" * 100 + "]" * 100, r"nested too deeply"),
        (
            "a: &a ["
            + "x," * 99
            + "]\n"
            + "".join(f"{c}: &{c} [" + f"*{p}," * 99 + "]\n" for p, c in zip("abc", "bcd", strict=True)),
            "grown too large",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(text)


def test_an_empty_file_is_none() -> None:
    assert read("# nothing\n") is None


@given(st.text(max_size=200))
def test_no_text_raises_anything_but_a_config_error(text: str) -> None:
    for flavour in Flavour:
        with contextlib.suppress(ConfigError):
            read(text, flavour)
