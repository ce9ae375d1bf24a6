from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
import pytest

from ospatrol.load.fields import did_you_mean, read_struct
from ospatrol.load.yaml import read_yaml
from ospatrol.model.errors import ConfigError
from ospatrol.model.place import Place


class Dish(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    spices: tuple[str, ...] = ()
    minutes: int = 10
    place: Place = Place("")

    def __post_init__(self) -> None:
        if self.minutes < 0:
            raise ValueError("time runs forward")


def read(text: str) -> tuple[Dish | None, list[str]]:
    problems: list[ConfigError] = []
    dish = read_struct(read_yaml(text, "d.yml"), Dish, Place("d.yml", 1), problems)
    return dish, [str(problem) for problem in problems]


def test_a_struct_is_filled_in_and_knows_where_it_stood() -> None:
    assert read("\nname: soup\nspices: [salt]\n") == (
        Dish(name="soup", spices=("salt",), place=Place("d.yml", 2)),
        [],
    )


def test_every_mistake_is_told_at_once_each_with_its_line() -> None:
    dish, problems = read("nmae: soup\nspices:\n  - salt\n  - 3\nminutes: long\n")

    assert dish is None
    assert problems == [
        "d.yml:1: unknown key 'nmae'; did you mean 'name'?",
        "d.yml:4: spices: expected text, not a whole number",
        "d.yml:5: minutes: expected a whole number, not text",
    ]


def test_a_key_that_nothing_written_comes_near_is_missing() -> None:
    assert read("spices: []\n")[1] == ["d.yml:1: the key 'name' is missing"]
    assert read("zzz: 1\n")[1] == [
        "d.yml:1: unknown key 'zzz'; known are minutes, name, spices",
        "d.yml:1: the key 'name' is missing",
    ]


class Course(StrEnum):
    STARTER = "starter"
    DESSERT = "dessert"


class Menu(msgspec.Struct, frozen=True, kw_only=True):
    courses: tuple[Course, ...] = ()
    prices: dict[Course, float] = {}
    guests: int | None = None
    open: bool = True
    level: Annotated[int, msgspec.Meta(ge=1)] = 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("courses: [starters]", "courses: 'starters' is none of its words; did you mean 'starter'?"),
        ("courses: [soup]", "courses: 'soup' is none of its words; known are dessert, starter"),
        ("prices: {desert: 1}", "prices: 'desert' is none of its words; did you mean 'dessert'?"),
        ("courses: starter", "courses: expected a list, not text"),
        ("guests: many", "guests: expected a whole number, not text"),
        ("guests: 1.5", "guests: expected a whole number, not a number with a fraction"),
        ("open: 3", "open: expected true or false, not a whole number"),
        ("open:", "open: expected true or false, not nothing"),
        ("prices: [1]", "prices: expected a mapping, not a list"),
        ("level: 0", "level: expected a whole number >= 1"),
    ],
)
def test_a_value_of_another_sort_is_told_in_plain_words(text: str, problem: str) -> None:
    problems: list[ConfigError] = []

    assert read_struct(read_yaml(text, "m.yml"), Menu, Place("m.yml", 1), problems) is None
    assert [str(each) for each in problems] == [f"m.yml:1: {problem}"]


def test_what_the_struct_itself_refuses_is_a_mistake_too() -> None:
    assert read("name: soup\nminutes: -1\n") == (None, ["d.yml:1: time runs forward"])


def test_what_is_no_mapping_is_told_which_keys_it_should_have() -> None:
    assert read("- soup\n") == (None, ["d.yml:1: expected a mapping with name, spices, minutes"])


def test_a_suggestion_names_the_nearest_word_or_all_of_them() -> None:
    assert did_you_mean("ignroe", ["ignore", "paths"]) == "; did you mean 'ignore'?"
    assert did_you_mean("zzz", ["ignore", "paths"]) == "; known are ignore, paths"
    assert did_you_mean("zzz", []) == ""
    assert did_you_mean("starters", Course) == "; did you mean 'starter'?"
