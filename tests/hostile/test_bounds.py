"""Ever new programs, shapes, hosts and keys: caches and memories keep to their limits, and a line to its cost."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from time import process_time

import msgspec
import pytest
from gates import AT, OWN, gates, line, traffic

from ospatrol.decode import accumulate, decoders
from ospatrol.engine import memory, novelty, view
from ospatrol.engine.compile import compile_rules
from ospatrol.engine.judge import judge_next
from ospatrol.engine.memory import Memory
from ospatrol.model.decoder import Semantics
from ospatrol.model.event import Event
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Correlation, Operator, Rule, Source
from ospatrol.patrol.lines import LineJudge
from ospatrol.pattern.compiled import PatternRefused, compile_expression

pytestmark = pytest.mark.no_cover

LONG = "x" * 60_000


def caches(judge: LineJudge) -> dict[str, int]:
    """How many entries each cache and each memory has."""
    matcher, known, kept = judge._matcher, judge.reader._decoders, judge.memory
    views = [each for pair in matcher._alike.values() for each in pair if each is not None]
    return {
        "views": len(matcher._views),
        "alike": len(matcher._alike),
        "shapes": max((len(each._shapes) for each in views), default=0),
        "programs": len(known._narrow),
        "decoder shapes": max((len(each._shapes) for each in known._alike.values()), default=0),
        "conversations": len(judge.reader._accumulator._known),
        "seen": len(kept._novelties._seen),
        "logs": len(kept._logs),
        "histories": max((len(each.entries) for each in kept._histories.values()), default=0),
        "silent": len(kept._silent),
    }


@pytest.mark.parametrize("name", OWN)
def test_caches_and_memories_hold_their_limits(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for room, limit in (
        (view, "_VIEWS"), (view, "_SHAPES"), (decoders, "_PROGRAMS"), (decoders, "_SHAPES"), (accumulate, "_KEYS"),
        (novelty, "_KEYS"), (memory, "_LOGS"),
    ):  # fmt: skip
        monkeypatch.setattr(room, limit, 20)
    judge = gates(name).judge(fresh=True)
    chance = random.Random(3)
    words = ["refused", "passed", "state ", "hour", "day", "badge ", "long", "roof", "{", '"', "key "]
    for number in range(600):
        some = " ".join(chance.sample(words, chance.randrange(len(words))))
        for text in (
            f"p{number}: {some}",
            f"doord: state {number}",
            f"doord: {some}",
            f"keyd: key of u{number} at a{number}",
            f"mailer: q{number}: user=root ip=x ",
            f"doord[9]: badge {number} refused at d{number} from 10.0.0.1",
        ):
            judge.judge(line(f"Dec 10 06:55:46 gate{number} {text}"))

    found = caches(judge)
    histories = found.pop("histories")
    assert max(found.values()) <= 20, found
    assert found["programs"] > 1
    assert found["seen"] == found["conversations"] == found["logs"] == 20
    assert histories <= 8192


HEAVY: dict[str, Callable[[int], str]] = {
    "programs": lambda n: f"Dec 10 06:55:46 gate p{n}{LONG}: x",
    "hosts": lambda n: f"Dec 10 06:55:46 g{n}{LONG} doord: state {n}",
    "addresses": lambda n: f"Dec 10 06:55:46 gate doord: badge 1 refused at cellar from {n}{LONG}",
    "ids": lambda n: f"Dec 10 06:55:46 gate mailer: q{n}{LONG}: user=root ip=x ",
    "keys": lambda n: f"Dec 10 06:55:46 gate keyd: key of {n}{LONG} at {n}",
    "names of fields": lambda n: f'{{"{n}{LONG}":"x"}}',
    "fields": lambda n: f'{{"srcip":"{n}{LONG}"}}',
}


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("kind", HEAVY)
def test_long_values_are_not_held(name: str, kind: str) -> None:
    judge = gates(name).judge(fresh=True)
    for number in range(20):
        judge.judge(line(HEAVY[kind](number)))

    tracemalloc.start()
    for number in range(20, 120):
        judge.judge(line(HEAVY[kind](number)))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    # a hundred such lines are 6 MB; one of them may be held as the example of its view
    assert held < 1_000_000


def test_shapes_of_many_literals_weigh_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "_WEIGHT", 200)
    judge = gates("wazuh").judge(fresh=True)
    judge.judge(line("Dec 10 06:55:46 gate x: y"))
    ((tree, _),) = judge._matcher._alike.values()
    chance = random.Random(3)
    atoms = sorted(tree._log_scan._atoms)
    assert atoms
    for _ in range(500):
        some = " ".join(chance.sample(atoms, chance.randrange(1, len(atoms) + 1)))
        judge.judge(line(f"Dec 10 06:55:46 gate x: {some}"))
        assert sum(map(len, tree._shapes)) <= 200


def asking(**more: object) -> list[Rule]:
    root = Rule(
        id=1,
        level=3,
        description="d",
        place=Place("r", 1),
        semantics=Semantics.WAZUH,
        conditions=(Condition(field="kind", operator=Operator.EQUALS, operands=("log",)),),
    )
    asked = Correlation(source=Source.RULE, rules=(1,), **more)
    return [
        root,
        Rule(
            id=2,
            level=9,
            description="d",
            place=Place("r", 2),
            parents=(1,),
            correlation=asked,
            semantics=Semantics.WAZUH,
        ),
    ]


def _event(at: float, **fields: str) -> Event:
    return Event(at=at, host="h", kind="log", location="l", log="x", fields=fields)


def test_one_line_out_of_order_does_not_make_every_search_long() -> None:
    ruleset = compile_rules(asking(earlier=7, timeframe_s=10, same=("a",), different=("b",)))

    def cost(first: float) -> float:
        kept = Memory(ruleset)
        judge_next(ruleset, _event(100.0, a="1", b="2"), kept)
        judge_next(ruleset, _event(first, a="1", b="2"), kept)
        for number in range(6000):
            judge_next(ruleset, _event(101.0 + number, a="1", b="2"), kept)
        start = process_time()
        for number in range(6000, 6200):
            judge_next(ruleset, _event(101.0 + number, a="1", b="2"), kept)
        return process_time() - start

    in_order = min(cost(101.0) for _ in range(2))
    assert min(cost(50.0) for _ in range(2)) < 40 * max(in_order, 0.002)


@pytest.mark.parametrize("jump", [1e9, -1e9])
def test_a_stamp_from_afar_blinds_no_rule(jump: float) -> None:
    ruleset = compile_rules(asking(earlier=3, timeframe_s=60, same=("a",)))
    kept = Memory(ruleset)
    said = [judge_next(ruleset, _event(at, a="1"), kept)[0].speaks.id for at in (0.0, jump, 1.0, 2.0, 3.0, 4.0)]

    assert said.count(2) == 1


def test_a_history_and_its_index_forget_alike() -> None:
    ruleset = compile_rules(asking(earlier=3, timeframe_s=10**6, same=("a",)))
    kept = Memory(ruleset)
    for number in range(20_000):
        judge_next(ruleset, _event(float(number % 7), a=str(number)), kept)
    (history,) = kept._histories.values()

    assert len(history.entries) == 8192
    assert sum(len(each) for index in history._by.values() for each in index.values()) == 8192
    assert max(len(each.homes) for each in history.entries) == 1


@pytest.mark.parametrize("syntax", [Syntax.PCRE2, Syntax.OSREGEX, Syntax.OSSEC_REGEX, Syntax.OSSEC_PCRE2, Syntax.RE2])
@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("^(a+)+$", "a" * 60_000 + "!"),
        ("(x|x)*y", "x" * 60_000),
        ("(.*a){20}b", "a" * 60_000),
        ("(?=(a+)+b)c", "a" * 60_000),
        ("(a*)*(a*)*(a*)*c", "a" * 60_000),
        (r"\.*\.*\.*\.*z", "a" * 60_000),
        (r"(\w+) (\w+) (\w+)\s*\w*\d+z", "a " * 30_000),
        (r"\S+\s+\S+\s+\S+\s+\S+!", "a " * 30_000),
        (r"(?:\d+\.?){8,}x", "1." * 30_000),
        ("a{1,60}a{1,60}a{1,60}b", "a" * 60_000),
    ],
)
def test_no_pattern_takes_long_or_it_is_refused(syntax: Syntax, text: str, subject: str) -> None:
    try:
        pattern = compile_expression(Expression(text=text, syntax=syntax))
    except PatternRefused:
        return
    pattern.test("x")
    start = process_time()
    pattern.test(subject)
    pattern.find(subject, 0)

    assert process_time() - start < 5  # what backtracks would take hours


@pytest.mark.parametrize("name", OWN)
def test_what_is_remembered_stays_small(name: str) -> None:
    judge = gates(name).judge()
    for raw in traffic(2, 4000):
        judge.judge(line(raw.decode("latin-1")))
    once = len(msgspec.msgpack.encode(judge.memory.state()))
    for raw in traffic(2, 4000):
        judge.judge(line(raw.decode("latin-1"), AT))

    assert len(msgspec.msgpack.encode(judge.memory.state())) < 2.5 * once
