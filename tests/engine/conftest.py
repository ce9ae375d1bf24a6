from __future__ import annotations

from collections.abc import Callable

import pytest

from ospatrol.dialect.native import read_rules
from ospatrol.engine.compile import Ruleset, compile_rules
from ospatrol.model.event import Event
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Operator, Rule

RuleMaker = Callable[..., Rule]


def _event(kind: str = "integrity", **fields: str) -> Event:
    return Event(at=1.5, host="web1", kind=kind, location="files:system", text="a line", fields=fields)


def _rule(identity: int, level: int = 5, *parents: int, description: str = "d", **equals: str) -> Rule:
    conditions = tuple(
        Condition(field=name, operator=Operator.EQUALS, operands=(value,), place=Place("r.yml", identity))
        for name, value in equals.items()
    )
    return Rule(
        id=identity,
        level=level,
        description=description,
        place=Place("r.yml", identity),
        parents=parents,
        conditions=conditions,
    )


@pytest.fixture(scope="session")
def event() -> Callable[..., Event]:
    return _event


@pytest.fixture(scope="session")
def rule() -> RuleMaker:
    return _rule


@pytest.fixture(scope="session")
def ruleset() -> Callable[..., Ruleset]:
    """Compiles Rules, or the text of a rule file."""

    def made(*rules: Rule | str) -> Ruleset:
        texts = [("r.yml", text) for text in rules if isinstance(text, str)]
        return compile_rules([*(one for one in rules if isinstance(one, Rule)), *read_rules(texts)])

    return made
