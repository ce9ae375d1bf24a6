from __future__ import annotations

import msgspec

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
        "d.yml:1: the key 'name' is missing",
        "d.yml:4: spices: expected `str`, got `int`",
        "d.yml:5: minutes: expected `int`, got `str`",
    ]


def test_what_the_struct_itself_refuses_is_a_mistake_too() -> None:
    assert read("name: soup\nminutes: -1\n") == (None, ["d.yml:1: time runs forward"])


def test_what_is_no_mapping_is_told_which_keys_it_should_have() -> None:
    assert read("- soup\n") == (None, ["d.yml:1: expected a mapping with name, spices, minutes"])


def test_a_suggestion_names_the_nearest_word_or_all_of_them() -> None:
    assert did_you_mean("ignroe", ["ignore", "paths"]) == "; did you mean 'ignore'?"
    assert did_you_mean("zzz", ["ignore", "paths"]) == "; known are ignore, paths"
    assert did_you_mean("zzz", []) == ""
