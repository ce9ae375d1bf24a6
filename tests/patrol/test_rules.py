from __future__ import annotations

from pathlib import Path

import pytest

from ospatrol.engine.memory import Memory
from ospatrol.model.decoder import Semantics
from ospatrol.model.errors import ConfigErrors, UsageError
from ospatrol.patrol.engine import Engine, open_folders
from ospatrol.patrol.lines import LineJudge, LineReader, RawLine
from ospatrol.patrol.rules import find_sources, open_rulebook, read_sources

RULES = """
<group name="syslog,">
  <rule id="1" level="0" noalert="1"><category>syslog</category><description>all</description></rule>
  <rule id="5700" level="0"><decoded_as>shopd</decoded_as><description>shop</description></rule>
  <rule id="5701" level="5"><if_sid>5700</if_sid><match>failed</match><description>failed</description></rule>
</group>
"""
DECODERS = """
<decoder name="shopd"><program_name>^shopd</program_name></decoder>
<decoder name="shopd-user"><parent>shopd</parent><regex>user=(\\S+)</regex><order>user</order></decoder>
"""
NATIVE = """
rules:
  - id: 100100
    level: 12
    description: "$(dstuser) failed"
    parent: 5701
    match: {dstuser: root}
    tests:
      fires: [{log: "Nov 22 10:00:00 h shopd: failed user=root"}]
      silent: [{log: "Nov 22 10:00:00 h shopd: failed user=bob"}]
"""
SIGMA = """
title: Shop opened a shell
id: 7f2d3c54-1111-4222-8333-444455556666
logsource: {product: shop}
detection:
  selection:
    cmd|contains: /bin/sh
  condition: selection
level: high
"""


@pytest.fixture
def ruleset(tmp_path: Path) -> Path:
    """A Wazuh-like folder, whose policies beside the rules are none of our business."""
    folder = tmp_path / "shop"
    for name, text in (("rules/0100-shop_rules.xml", RULES), ("decoders/0100-shop_decoders.xml", DECODERS)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "sca").mkdir()
    (folder / "sca" / "policy.yml").write_text("policy: {}\n")
    return folder


def judged(engine: Engine, line: str) -> list[int]:
    reader = LineReader(engine.decoders, engine.semantics, own_clock=False)
    _, verdicts = LineJudge(reader, engine.matcher, Memory(engine.ruleset)).judge(RawLine(line, 1.0, "h", "l"))
    return [verdict.speaks.id for verdict in verdicts if verdict.speaks]


def test_dialects_are_loaded_together_and_refine_each_other(ruleset: Path, tmp_path: Path) -> None:
    pytest.importorskip("sigma")
    (tmp_path / "ours.yml").write_text(NATIVE)
    (tmp_path / "sigma.yml").write_text(SIGMA)

    engine = open_folders([ruleset, tmp_path / "ours.yml", tmp_path / "sigma.yml"])

    assert engine.semantics is Semantics.WAZUH
    assert judged(engine, "Nov 22 10:00:00 h shopd: failed user=bob") == [5701]
    assert judged(engine, "Nov 22 10:00:00 h shopd: failed user=root") == [100100]


def test_sigma_rules_alone_are_judged_by_the_shipped_decoders(tmp_path: Path) -> None:
    pytest.importorskip("sigma")
    (tmp_path / "sigma.yml").write_text(SIGMA)

    engine = open_folders([tmp_path])

    (fired,) = judged(engine, '{"cmd": "exec /bin/sh -i"}')
    assert engine.ruleset.rules[fired].description == "Shop opened a shell"
    assert judged(engine, '{"cmd": "exec /bin/true"}') == []


def test_a_workspace_may_hold_xml_beside_its_own_rules(ruleset: Path, tmp_path: Path) -> None:
    (tmp_path / "ours.yml").write_text(NATIVE)

    rulebook = open_rulebook([str(tmp_path)])

    assert {1, 5701, 100100, 910000} <= rulebook.ruleset.rules.keys()
    assert rulebook.semantics is Semantics.WAZUH
    assert [decoder.name for decoder in rulebook.decoders] == ["json", "shopd", "shopd-user"]


def test_what_is_beside_the_xml_of_a_ruleset_is_left_alone(ruleset: Path) -> None:
    sources = find_sources([ruleset, ruleset])

    assert sources.folders == (ruleset,)
    assert sources.native == ()


def test_a_sigma_rule_that_cannot_be_used_is_an_error_or_is_told(tmp_path: Path) -> None:
    pytest.importorskip("sigma")
    (tmp_path / "good.yml").write_text(SIGMA)
    (tmp_path / "bad.yml").write_text(
        SIGMA.replace("condition: selection", "condition: nothing").replace("7f2d", "8f2d")
    )
    sources = find_sources([tmp_path])

    with pytest.raises(ConfigErrors, match=r"bad\.yml"):
        read_sources(sources)
    rulebook, problems = read_sources(sources, lenient=True)
    assert len(rulebook.ruleset.rules) == 1
    assert [problem.fatal for problem in problems] == [True]


def test_what_does_not_exist_or_holds_no_rules_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        open_folders([tmp_path / "gone"])
    with pytest.raises(UsageError, match="no rules"):
        open_folders([tmp_path])
