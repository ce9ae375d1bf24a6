"""Whatever a line says, the engine judges it, in bounded time, and nothing of it steers a terminal."""

from __future__ import annotations

import gc
import json
import sys
import unicodedata
from collections.abc import Callable
from time import process_time

import pytest
from gates import AT, OWN, WHOLE, gates, line
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.engine.alert import described
from ospatrol.patrol.analyse import told
from ospatrol.patrol.lines import LINE_LIMIT, LineJudge
from ospatrol.report.log_alert import alert_text, log_alert

pytestmark = pytest.mark.no_cover

HEADERS = (
    "Dec 10 06:55:46 gate doord[9]: badge 4711 refused at cellar from ",
    "Dec 10 06:55:46 gate doord[9]: badge 4711 passed at ",
    "Dec 10 06:55:46 gate doord: state ",
    "Dec 10 06:55:46 gate doord: hour ",
    "Dec 10 06:55:46 gate keyd: key of ",
    "Dec 10 06:55:46 gate mailer: q1: user=root ip= ",
    "2026-12-10T06:55:46.123+00:00 gate sshd[22]: Failed password for invalid user ",
    "Dec 10 06:55:46 gate sshd[22]: ",
    "Dec 10 06:55:46 gate ",
    '{"srcip":"10.1.1.1","door":{"name":"',
    '{"',
    "ossec: Alert Level: 3; Rule: 100101 - x; Location: y;  ",
    "1140804070.368  11623 1.2.3.4 TCP_MISS/200 ",
    '1.2.3.4 - - [11/Feb/2004:10:00:00 +0000] "GET /',
    "",
)
PIECES = (
    "\0", "\x1b[2J", "\x1b]0;owned\x07", "\x9b31m", "\xff\xfe", "\xc3(", "\xe2\x80\xae", "\xd8\x9c", "\xe2\x81\xa6",
    "\xef\xbb\xbf", "\xf3\xa0\x81\x81", "\xe2\x80\xa8", "$(touch owned)", "`id`", "$(srcip)", "%s%n", "{{7*7}}",
    "[red]x[/]", "\\x1b", "\\", '"', "'", "<!--", "[" * 40, '{"a":' * 40, "\\ud800", "\\u0000", "1e999", "9" * 5000,
    ": ", "; ", " ", "\t", "\r", "." * 300, "a" * 40, "=", "|", "roof", "0007", "root", " from ", "\x7f", "\x85",
)  # fmt: skip
TEXTS = st.builds(
    lambda head, middle, raw: head + "".join(middle) + raw.decode("latin-1"),
    st.sampled_from(HEADERS),
    st.lists(st.sampled_from(PIECES), max_size=8),
    st.binary(max_size=30),
).map(lambda text: text.replace("\n", " "))


def steers(text: str) -> list[str]:
    return sorted({each for each in text if unicodedata.category(each) in {"Cc", "Cf", "Cs", "Zl", "Zp"}})


def judged(judge: LineJudge, text: str) -> list[int]:
    """The rules that speak; the alerts, in both forms, are one harmless line each."""
    event, verdicts = judge.judge(line(text))
    spoken = [each.speaks for each in verdicts if each.speaks is not None]
    for rule in spoken:
        raw = told(rule, event)
        assert raw.endswith(b"\n")
        assert steers(raw.decode("utf-8").removesuffix("\n")) == []
        assert steers(alert_text(log_alert(rule, described(rule, event), event))) == []
        assert steers("".join(_texts(json.loads(raw)))) == []
        assert len(raw) < 200 * LINE_LIMIT
    return [rule.id for rule in spoken]


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [part for key, each in value.items() for part in (key, *_texts(each))]
    return [part for each in value for part in _texts(each)] if isinstance(value, list) else [str(value)]


def judge_of(name: str) -> LineJudge:
    return gates(name).judge()


@pytest.mark.parametrize("name", [*OWN, *WHOLE])
@settings(deadline=None, max_examples=150)
@given(texts=st.lists(TEXTS, max_size=6))
def test_any_lines_are_judged(name: str, texts: list[str]) -> None:
    judge = judge_of(name)

    for text in texts:
        judged(judge, text)


@pytest.mark.parametrize("name", OWN)
def test_what_an_attacker_writes_is_in_the_alert_and_harmless(name: str) -> None:
    hostile = "".join(PIECES[:18]).replace(" ", "_")

    assert judged(judge_of(name), f"Dec 10 06:55:46 gate doord[9]: badge 4711 refused at {hostile} from {hostile} x")
    assert judged(judge_of(name), f"Dec 10 06:55:46 {hostile} doord[9]: badge 4711 refused at x from y") == []


STAMPS = (
    "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2016-12-31T23:59:60+00:00", "2026-02-30T00:00:00+00:00",
    "0000-00-00T00:00:00+00:00", "2026-13-41T25:61:61+99:99", "1970-01-01T00:00:00+00:00", "2038-01-19T03:14:08+00:00",
    "1901-12-13T20:45:51+00:00", "Feb 29 06:55:46", "Feb 30 06:55:46", "Dec 31 23:59:60", "Xyz 99 99:99:99",
    "2026-12-10T06:55:46.999999999999+00:00",
)  # fmt: skip


@pytest.mark.parametrize("stamp", STAMPS)
@pytest.mark.parametrize("name", OWN)
def test_no_stamp_is_too_strange(name: str, stamp: str) -> None:
    judge = judge_of(name)

    for said in ("hour 1", "day 1", "state 1", "state 2", "badge 4711 refused at roof from 10.0.0.1"):
        judged(judge, f"{stamp} gate doord[9]: {said}")

    assert judged(judge, "Dec 10 06:55:46 gate doord[9]: badge 4712 refused at cellar from 10.0.0.1") == [100101]


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("at", [0.0, -1e11, 1e12, 253_402_300_800.0, -62_135_596_801.0])
def test_a_log_may_be_of_any_time(name: str, at: float) -> None:
    judge = judge_of(name)

    for said in ("hour 1", "day 1", "state 1", "badge 1 refused at roof from x", '{"srcip": "10.0.0.1"}'):
        for text in (f"Dec 10 06:55:46 gate doord[9]: {said}", said):
            event, verdicts = judge.judge(line(text, at))
            for each in verdicts:
                if each.speaks:
                    told(each.speaks, event)


BIG: dict[str, Callable[[int], str]] = {
    "letters": lambda size: "a" * size,
    "digits": lambda size: "1" * size,
    "dots": lambda size: "." * size,
    "blanks": lambda size: " " * size,
    "colons": lambda size: ": " * (size // 2),
    "brackets": lambda size: "[" * size,
    "quotes": lambda size: '\\"' * (size // 2),
    "nul": lambda size: "\0" * size,
    "bytes": lambda size: "\xff\x9b\xc3" * (size // 3),
    "words": lambda size: "Failed password for root from 1.2.3.4 port 22 " * (size // 46),
    "urls": lambda size: "/a?b=c&d=%27<script>union select " * (size // 33),
    "pairs": lambda size: "user=root ip=1.1.1.1 " * (size // 21),
}


def _cost(judge: LineJudge, text: str, times: int) -> float:
    """The least time of a few, in seconds of this process; other processes have no part in it."""
    best = sys.float_info.max
    for _ in range(times):
        start = process_time()
        judge.judge(line(text))
        best = min(best, process_time() - start)
    return best


@pytest.mark.parametrize("name", [*OWN, *WHOLE])
@pytest.mark.parametrize("kind", BIG)
def test_a_megabyte_costs_about_ten_times_what_a_tenth_of_it_costs(name: str, kind: str) -> None:
    judge = judge_of(name)
    gc.collect()
    for head in HEADERS if name in OWN else HEADERS[::4]:
        judge.judge(line(head + BIG[kind](1000)))  # patterns are compiled when they are first needed
        small, big = head + BIG[kind](100_000), head + BIG[kind](1_000_000)
        judge.judge(line(small))
        cost = _cost(judge, big, 1)
        if cost > 0.2:  # so little is nobody's trouble, and cannot be measured well
            assert min(cost, _cost(judge, big, 2)) < 50 * max(_cost(judge, small, 3), 0.01), head


NESTED: dict[str, Callable[[int], str]] = {
    "arrays": lambda size: "[" * size,
    "objects": lambda size: '{"a":' * (size // 5),
    "closed arrays": lambda size: '{"a":' + "[" * (size // 2) + "]" * (size // 2) + "}",
    "both": lambda size: '{"x":' + '[{"a":' * (size // 8) + "1" + "}]" * (size // 8) + "}",
    "many of 399": lambda size: '{"x":[' + ",".join(['[{"":' * 199 + "1" + "}]" * 199] * (size // 1400)) + "]}",
    "fields": lambda size: "{" + ",".join(f'"k{n}":"v"' for n in range(size // 14)) + "}",
    "numbers": lambda size: '{"a":[' + ",".join(["1e308"] * (size // 6)) + "]}",
    "a long number": lambda size: '{"a":' + "9" * size + "}",
    "escapes": lambda size: '{"a":"' + "\\u00e9" * (size // 6) + '"}',
    "one string": lambda size: '{"a":"' + "x" * size + '"}',
    "one dotted address": lambda size: '{"srcip":"' + "." * size + '"}',
    "only a": lambda size: '{"door":{"name":"' + "a" * size + '!"}}',
}


@pytest.mark.parametrize("name", ["wazuh", "native", "wazuh corpus"])
@pytest.mark.parametrize("kind", NESTED)
def test_json_of_any_depth_and_size_is_read_or_left(name: str, kind: str) -> None:
    judge = judge_of(name)
    judged(judge, NESTED[kind](1000))
    judged(judge, NESTED[kind](LINE_LIMIT))
    cost = _cost(judge, NESTED[kind](400_000), 1)

    if cost > 0.3:  # so little is nobody's trouble, and cannot be measured well
        assert min(cost, _cost(judge, NESTED[kind](400_000), 3)) < 50 * max(_cost(judge, NESTED[kind](40_000), 3), 0.02)


def test_ten_megabytes_of_json_are_judged() -> None:
    judge = judge_of("wazuh")

    assert judged(judge, json.dumps({"door": {"name": "a" * 10_000_000}})) == [100201]
    assert judged(judge, json.dumps({f"k{n}": "v" for n in range(600_000)})) == [100200]
    assert judged(judge, "[" * 10_000_000) == []


@pytest.mark.parametrize("depth", [0, 300, 600, 850])
def test_a_stack_that_is_deep_already_is_no_end(depth: int) -> None:
    judge = judge_of("wazuh")
    text = '{"x":' + '[{"a":' * 190 + "1" + "}]" * 190 + "}"
    judge.judge(line(text))

    def below(left: int) -> object:
        return below(left - 1) if left else judge.judge(line(text))

    assert below(depth)


def test_a_line_comes_at_its_own_time_or_at_that_of_its_log() -> None:
    event, _ = judge_of("wazuh").judge(line("Dec 10 06:55:46 gate doord: x"))
    other, _ = judge_of("wazuh").judge(line("Xyz 99 99:99:99 gate doord: x"))

    assert event.at != AT
    assert other.at == AT
