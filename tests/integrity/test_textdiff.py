from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ospatrol.integrity.textdiff import text_diff

texts = st.lists(st.sampled_from(["a", "b", "c", "", "@@ -1 +1 @@", "d"]), max_size=30).map("\n".join)


def patched(text: str, diff: str) -> str:
    """What patch(1) would make of a text."""
    old, new, at = text.split("\n"), [], 0
    for line in diff.split("\n") if diff else []:
        hunk = re.fullmatch(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@", line)
        if hunk:
            start = int(hunk[1]) - (hunk[2] != "0")
            new += old[at:start]
            at = start
        elif line[:1] == "+":
            new.append(line[1:])
        else:
            assert old[at] == line[1:]
            new += old[at : at + 1] if line[:1] == " " else []
            at += 1
    return "\n".join(new + old[at:])


@given(texts, texts)
def test_the_diff_applied_to_the_old_text_gives_the_new(before: str, after: str) -> None:
    assert patched(before, text_diff(before, after, limit=1000)) == after


def test_line_numbers_are_those_of_the_whole_text() -> None:
    before = "\n".join(f"line {n}" for n in range(1, 101))

    shown = text_diff(before, before.replace("line 50\n", "line fifty\n")).split("\n")

    assert (shown[0], shown[1], shown[-1]) == ("@@ -47,7 +47,7 @@", " line 47", " line 53")
    assert shown[4:6] == ["-line 50", "+line fifty"]


def test_nothing_differs_nothing_is_said() -> None:
    assert text_diff("a", "a") == ""


def test_what_is_cut_is_counted() -> None:
    shown = text_diff("", "\n".join("x" * 500 for _ in range(50)), limit=5).split("\n")

    assert shown[-1] == "... 47 more lines"
    assert len(shown) == 6
    assert shown[-2].endswith("...(+101)")


def test_texts_too_different_to_compare_well_are_shown_one_after_the_other() -> None:
    before = "same\n" + "\n".join("a" * (n % 7) for n in range(2000)) + "\nend"
    after = "same\n" + "\n".join("b" * (n % 7) for n in range(2000)) + "\nend"

    shown = text_diff(before, after, limit=5000).split("\n")

    assert shown == ["-" + "a" * (n % 7) for n in range(1, 2000)] + ["+" + "b" * (n % 7) for n in range(1, 2000)]


def test_the_end_of_the_last_line_is_no_line_of_its_own() -> None:
    assert text_diff("one\n", "changed\n").splitlines() == ["@@ -1 +1 @@", "-one", "+changed"]
