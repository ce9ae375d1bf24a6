"""Objects as vim-cmd prints them: real ones, odd ones, hostile ones."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ospatrol.collect.esxi_dump import Part, options_of, read_dump

SUMMARY = """Listsummary:

(vim.vm.Summary) {
   vm = 'vim.VirtualMachine:7',
   bootTime = <unset>,
   list = (string) [],
   fault = (vmodl.MethodFault) null,
   size = (long) 900,~
   runtime = (vim.vm.RuntimeInfo) {
      powerState = "poweredOff",~
   },~
   names = (string) [
      "one",
      'two'
   ],
   config = (vim.vm.Summary.ConfigSummary) {
      name = "a "quoted" one",
      note = "first
   },
second",
      empty = "",
      comma = ",",
      last = true
   }
}
""".replace("~", " ")  # blanks stand at the end of some lines


@pytest.fixture
def part() -> Part:
    read = read_dump(SUMMARY)
    assert read is not None
    return read


def test_values_are_found_by_their_names(part: Part):
    assert part.type == "vim.vm.Summary"
    assert part.text("vm") == "vim.VirtualMachine:7"
    assert part.text("size") == "900"
    assert part.text("runtime", "powerState") == "poweredOff"
    assert part.part("names").items == ["one", "two"]
    assert part.text("config", "name") == 'a "quoted" one'
    assert part.text("config", "note") == "first\n   },\nsecond"
    assert part.text("config", "empty") == ""
    assert part.text("config", "comma") == ","
    assert part.text("config", "last") == "true"
    assert not part.doubled


def test_what_is_not_there_is_empty(part: Part):
    assert (part.text("bootTime"), part.text("fault"), part.text("nothing", "at", "all")) == ("", "", "")
    assert list(part.parts("list")) == []


def test_the_first_value_of_a_name_counts_and_the_other_is_told():
    forged = SUMMARY.replace(
        'name = "a "quoted" one"', 'name = "a",\n   },\n   runtime = (vim.X) {\n      powerState = "on"'
    )

    part = read_dump(forged)

    assert part is not None
    assert part.text("runtime", "powerState") == "poweredOff"
    assert part.doubled


@pytest.mark.parametrize("cut", [120, 300, len(SUMMARY) - 3])
def test_half_an_object_is_none(cut: int):
    assert read_dump(SUMMARY[:cut]) is None


def test_no_object_is_none():
    assert read_dump("Skipping invalid VM '3'\n") is None


def test_options_are_pairs_and_the_first_of_a_key_counts():
    option = '   (vim.option.OptionValue) {\n      key = "a",\n      value = VALUE\n   },\n'
    text = "(vim.option.OptionValue) [\n" + "".join(option.replace("VALUE", value) for value in ("1", '"2"')) + "]\n"

    part = read_dump(text)

    assert part is not None
    assert options_of(part) == {"a": "1"}


def test_depth_is_bounded():
    deep = "(v.x) {\n" + "".join(f"{'   ' * at}a = (v.x) {{\n" for at in range(1, 60))

    assert read_dump(deep + "".join(f"{'   ' * at}}}\n" for at in range(59, -1, -1))) is None


@pytest.mark.parametrize("line", ['a = "\n', 'a = "x\n', "a = (v.x) {\n", '"\n', "(\n", "a = (\n"])
def test_time_is_bounded(line: str):
    text = "(v.x) {\n" + line * (1_000_000 // len(line))
    started = time.perf_counter()

    read_dump(text)

    assert time.perf_counter() - started < 5


@given(st.text(alphabet="(){}[]\"', =\nav.<unset>", max_size=300))
def test_nothing_that_a_host_says_is_an_error(text: str):
    read_dump(f"(v.x) {{\n{text}\n}}\n")
