from __future__ import annotations

import pytest

from ospatrol.engine.compile import compile_rules
from ospatrol.model.errors import ConfigErrors


def test_rules_with_mistakes_are_not_compiled(rule) -> None:
    with pytest.raises(ConfigErrors, match=r"r\.yml:2: the parent 9 of rule 2 does not exist"):
        compile_rules([rule(1), rule(2, 5, 9)])


def test_declared_fields_are_held_against_the_rules(rule) -> None:
    with pytest.raises(ConfigErrors, match="unknown field 'x'"):
        compile_rules([rule(1, kind="a", x="1")], {"a": ("y",)})


def test_no_rules_make_an_empty_ruleset() -> None:
    ruleset = compile_rules([])

    assert (dict(ruleset.rules), ruleset.roots("any")) == ({}, ())
