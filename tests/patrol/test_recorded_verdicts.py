"""Every event that the originals judged and that we may look at: rule, level, decoder, fields and texts, one by one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pytest

from ospatrol.decode.decoders import Decoders
from ospatrol.dialect.ossec_tests import for_log_tests
from ospatrol.engine.alert import described
from ospatrol.engine.compile import compile_rules
from ospatrol.engine.memory import Memory
from ospatrol.engine.view import Matcher
from ospatrol.model.decoder import Semantics
from ospatrol.model.event import Event
from ospatrol.model.rule import Rule
from ospatrol.patrol.lines import LineJudge, LineReader, RawLine
from ospatrol.patrol.log_rules import LogRules, read_folders
from ospatrol.report.log_alert import log_alert, shown_fields

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
NOON = datetime(2023, 11, 15, 12).timestamp()  # noqa: DTZ001  # in business hours, by the clock on the wall

pytestmark = [
    pytest.mark.no_cover,
    pytest.mark.skipif(
        not CORPUS.is_dir() and os.environ.get("CI") != "true", reason="the shared corpus is not beside the project"
    ),
]


class Session:
    """An engine that remembers nothing yet."""

    def __init__(self, read: LogRules, matcher: Matcher, decoders: Decoders) -> None:
        reader = LineReader(decoders, read.semantics, own_clock=False)
        self._judge = LineJudge(reader, matcher, Memory(matcher.ruleset))

    def judge(self, log: str) -> tuple[Event, Rule | None]:
        raw = log.encode("utf-8", "surrogateescape").decode("latin-1")
        event, verdicts = self._judge.judge(RawLine(raw, NOON, "localhost", "stdin"))
        match = verdicts[0].match
        return event, match.rule if match else None


def sessions(read: LogRules) -> Iterator[Session]:
    matcher = Matcher(compile_rules(for_log_tests(read.rules), lists=read.lists))
    decoders = Decoders(read.decoders)
    while True:
        yield Session(read, matcher, decoders)


def flat(nested: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in nested.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found


def as_recorded(value: str) -> object:
    """Wazuh's alerts hold arrays where its fields hold their text."""
    if not value.startswith("["):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def test_wazuh() -> None:
    read = read_folders([CORPUS / "wazuh", CORPUS / "wazuh" / "test-ruleset"], Semantics.WAZUH)
    cases = json.loads((CORPUS / "wazuh" / "expected.json").read_text("utf-8"))
    differ = []
    for case, session in zip(cases, sessions(read), strict=False):
        for log, expected in zip(case["logs"], case["events"], strict=True):
            event, rule = session.judge(log)
            alert = log_alert(rule, described(rule, event), event) if rule else None
            raw = {event.names.get(name, name): value for name, value in event.fields.items()}
            shown = shown_fields(event, Semantics.WAZUH)
            fields = {name: as_recorded(raw[name].encode("latin-1").decode("utf-8", "replace")) for name in shown}
            said = (
                str(alert.rule) if alert else None,
                alert.level if alert else None,
                event.decoder,
                alert.description if alert else None,
                list(alert.groups) if alert else [],
                fields,
            )
            wanted = (
                expected.get("rule"),
                expected.get("level"),
                expected.get("decoder"),
                expected.get("description"),
                expected.get("groups") or [],
                flat(expected.get("data") or {}),
            )
            if said != wanted:
                differ.append((case["file"], case["section"], case["key"], said, wanted))

    assert len(cases) == 895
    assert differ == []


def test_ossec() -> None:
    read = read_folders([CORPUS / "ossec"], Semantics.OSSEC)
    cases = json.loads((CORPUS / "ossec" / "expected.json").read_text("utf-8"))["cases"]
    differ = []
    for case, session in zip(cases, sessions(read), strict=False):
        actual = case["actual"]["full"]
        event, rule = session.judge(case["log_as_run"])
        said = (
            rule.id if rule else None,
            rule.level if rule else None,
            event.decoder,
            shown_fields(event, Semantics.OSSEC),
        )
        wanted = (actual.get("rule"), actual.get("level"), actual.get("decoder"), actual.get("fields", {}))
        if said != wanted:
            differ.append((case["file"], case["section"], case["key"], said, wanted))

    assert len(cases) == 133
    assert differ == []
