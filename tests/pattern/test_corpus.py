"""All that OSSEC and Wazuh ship, on real logs: a sample of it, drawn alike every time."""

from __future__ import annotations

import os
import random
import re
import sys
from pathlib import Path

import pytest

from ospatrol.model.pattern import Syntax
from ospatrol.pattern.compiled import compile_expression
from ospatrol.pattern.osregex import plain_text, split_alternatives
from ospatrol.pattern.osregex_run import _Alternative

sys.path.insert(0, str(Path(__file__).parent))

from shipped_patterns import CORPUS, expressions, logs

_HEADER = re.compile(r"(?:<\d+>)?(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8}|\d{4}\S+) \S+ (?:[^\s:\[]+(?:\[\d+\])?: )?")

pytestmark = [
    pytest.mark.no_cover,
    pytest.mark.skipif(
        not CORPUS.is_dir() and not os.environ.get("CI"), reason="the corpora are not beside the project"
    ),
]


def _subjects() -> list[str]:
    found = dict.fromkeys(log[:4000] for log in logs())
    found.update(dict.fromkeys(_HEADER.sub("", log, count=1)[:4000] for log in logs()))
    return list(found)


@pytest.mark.parametrize("whose", ["wazuh", "ossec"])
def test_every_pattern_is_accepted_and_runs_on_anything(whose: str) -> None:
    nasty = ["a" * 100_000, "a:1 " * 25_000, "\xe9\n" * 50_000, ""]
    patterns = [compile_expression(one) for one in expressions(whose)]

    for pattern in random.Random(5).sample(patterns, 250):
        for subject in nasty:
            pattern.test(subject)
            pattern.find(subject, 0)
    assert len(patterns) > 1500


@pytest.mark.parametrize("whose", ["wazuh", "ossec"])
def test_what_is_found_contains_an_atom_and_is_found_in_lower_case_too(whose: str) -> None:
    chance = random.Random(6)
    subjects = _subjects()

    for pattern in [compile_expression(one) for one in expressions(whose)]:
        for subject in chance.sample(subjects, 12):
            lower = subject.lower()
            found = pattern.test(subject)
            assert found is (pattern.find(subject, 0) is not None) or pattern.expression.syntax is Syntax.OSREGEX
            assert pattern.test_lower is None or pattern.test_lower(lower) is found
            if pattern.atoms is not None:
                there = any(atom in lower for atom in pattern.atoms)
                assert there if found else not (there and pattern.literal)
            if pattern.prefixes is not None:
                assert found is lower.startswith(tuple(pattern.prefixes))
            if pattern.equals is not None:
                assert found is (lower in pattern.equals)


def test_the_short_ways_agree_with_the_automaton() -> None:
    chance = random.Random(7)
    subjects = _subjects()
    texts = [one.text for one in expressions("wazuh") if one.syntax is Syntax.OSREGEX]
    parts = dict.fromkeys(part for text in texts for part in split_alternatives(text) if plain_text(part) is None)

    for part in chance.sample(list(parts), 500):
        alternative = _Alternative(part)
        capturing = alternative.groups > 0
        for subject in [subject[:600] for subject in chance.sample(subjects, 8)]:
            lower = subject.lower()
            slow = alternative._automaton.run(subject, capturing=False)
            assert alternative.test(subject, lower) is (slow is not None), part
            slow = alternative._automaton.run(subject, capturing=capturing)
            assert alternative.run(subject, lower, capturing=capturing) == slow, part
