from __future__ import annotations

import pytest

from ospatrol.engine.glob import SUBJECT_LIMIT, compile_glob


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [("/etc/*.conf", "/etc/a/b.conf", "/etc/a.cfg"), ("a?[!x]", "aby", "abx"), ("[", "[", "a"), ("A", "A", "a")],
)
def test_globs_match_the_whole_and_cross_slashes(pattern: str, yes: str, no: str) -> None:
    assert compile_glob(pattern)(yes)
    assert not compile_glob(pattern)(no)


def test_a_glob_full_of_stars_stays_quick() -> None:
    assert not compile_glob("*a*a*a*a*a*a*a*b")("a" * SUBJECT_LIMIT)


def test_only_the_first_8192_characters_are_looked_at() -> None:
    assert compile_glob("*a")("a" * SUBJECT_LIMIT + "b")
