"""Rule files read, checked and compiled at once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ospatrol.dialect.native import read_native
from ospatrol.engine.check import mistakes
from ospatrol.engine.compile import Ruleset, compile_rules
from ospatrol.model.errors import ConfigErrors
from ospatrol.model.place import Place
from ospatrol.model.rule import Rule, RuleTest


class Rulebook(msgspec.Struct, frozen=True, kw_only=True):
    """What a set of rule files comes to.

    Attributes:
        ruleset: Ready to judge.
        tests: As written beside the rules.
    """

    ruleset: Ruleset
    tests: tuple[RuleTest, ...] = ()


def read_rulebook(files: Sequence[tuple[str, str]]) -> Rulebook:
    """The rules of all files together; they may be each other's parents.

    Args:
        files: Path as the person named it, and text; native YAML.

    Raises:
        ConfigErrors: every mistake of every file, those of form and those between rules.
    """
    native = read_native(files)
    if native.problems:
        more = mistakes(sorted((*native.rules, *native.faulty), key=_place), native.fields) if native.complete else ()
        raise ConfigErrors((*native.problems, *more))
    return Rulebook(ruleset=compile_rules(native.rules, native.fields), tests=native.tests)


def _place(rule: Rule) -> Place:
    return rule.place
