"""What is narrowed down for a line decides as all decoders and all rules do."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

import pytest
from gates import CORPUS, OWN, WHOLE, gates, line, traffic

from ospatrol.decode.decode import Decoded, Plan, decode
from ospatrol.engine.match import Decision, Fork, walk

pytestmark = pytest.mark.no_cover

SAMPLE = 700


def lines(name: str) -> list[str]:
    """Lines that were recorded, and such as are put together from pieces of them; drawn alike every time."""
    if name in OWN:
        return [raw.decode("latin-1") for raw in traffic(11, SAMPLE)]
    recorded = json.loads((CORPUS / name.split(maxsplit=1)[0] / "expected.json").read_text("utf-8"))
    if "cases" in recorded:
        found = [case["log_as_run"] for case in recorded["cases"]]
    else:
        found = [log for case in recorded for log in case["logs"]]
    coded = [each.encode("utf-8", "surrogateescape").decode("latin-1") for each in found]
    chance = random.Random(4)
    drawn = chance.sample(coded, min(SAMPLE, len(coded)))
    mixed = []
    for each in drawn:
        other = chance.choice(coded)
        mixed.append(each[: chance.randrange(len(each) + 1)] + other[chance.randrange(len(other) + 1) :])
    return drawn + mixed + [each.swapcase() for each in drawn[:100]]


def said(decision: Decision) -> object:
    if isinstance(decision, Fork):
        return decision.node.rule.id, said(decision.held), said(decision.otherwise), decision.above
    return decision.via if decision else None


def found(decoded: Decoded) -> tuple[object, ...]:
    identity = decoded.identity
    return identity and identity.name, decoded.category, decoded.fields, dict(decoded.names), decoded.verdict


@pytest.fixture(params=(*OWN, *WHOLE))
def name(request: pytest.FixtureRequest) -> str:
    gates(request.param)
    return str(request.param)


def test_rules(name: str) -> None:
    judge = gates(name).judge(fresh=True)
    ruleset = gates(name).ruleset
    fired = set()
    for text in lines(name):
        event, decoded = judge.reader.event(line(text))
        narrowed = judge._matcher.decide(event, made=decoded.made)

        whole = [walk(ruleset.roots("log"), event), *(walk((node,), event) for node in ruleset.beside)]

        assert [said(each) for each in narrowed if each] == [said(each) for each in whole if each], text
        fired.add(said(narrowed[0]))
    assert len(fired) > 5


def test_decoders(name: str) -> None:
    judge = gates(name).judge(fresh=True)
    tree = judge.reader._decoders.tree
    known = set()
    for text in lines(name):
        event, _ = judge.reader.event(line(text))
        log, program = event.log, event.program
        narrowed = judge.reader._decoders.decode(log, program)

        plans = list(_every_plan(tree.candidates(program)))
        whole = decode(plans, log)

        assert found(narrowed) == found(whole), text
        known.add(found(narrowed)[0])
    assert len(known) > 3


def _every_plan(roots) -> Iterator[Plan]:
    for root in roots:
        for head in root.heads:
            head.narrow = None  # the tree is this test's own
        yield Plan(root)


def test_decoders_with_long_chains(name: str) -> None:
    narrow, whole = gates(name).judge(fresh=True), gates(name).judge(fresh=True)
    tree = whole.reader._decoders.tree
    chains = 0
    for root in (*tree.with_program, *tree.without):
        for head in root.heads:
            chains += head.narrow is not None
            head.narrow = None
    if name == "wazuh corpus":
        assert chains > 10
    for text in lines(name):
        assert narrow.reader.event(line(text))[0] == whole.reader.event(line(text))[0], text
