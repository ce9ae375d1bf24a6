from __future__ import annotations

import re

import msgspec
import pytest

from ospatrol.model.policy import Finding, Status, Verdict
from ospatrol.report.compliance import (
    ComplianceFormat,
    ComplianceReport,
    Turn,
    before_of,
    count,
    finding_id,
    findings_of,
    for_host,
    hosts_of,
    trend_of,
    turn_of,
    unheard,
)
from ospatrol.report.compliance_markup import Markup, element
from ospatrol.report.compliance_text import LIMIT, plain, readable, web_address


def test_counts_tell_waived_failures_apart_and_what_was_not_assessed_is_in_no_score(report: ComplianceReport) -> None:
    counts = count(report.verdicts[0].findings)

    assert (counts.passed, counts.failed, counts.waived, counts.not_assessed, counts.not_applicable) == (1, 2, 1, 1, 1)
    assert counts.score == report.verdicts[0].score == 33
    assert counts.total == 5
    assert count(()).score is None


def test_the_trend_says_what_turned_and_what_is_known_no_more(report: ComplianceReport) -> None:
    trend = trend_of(report)

    assert trend is not None
    assert [each.check for each in trend.failing] == ["cis-1000"]
    assert [each.check for each in trend.passing] == ["cis-1002"]
    assert [each.check for each in trend.lost] == ["cis-1003"]
    assert len(trend.new) == 6
    assert trend.gone == 0
    assert trend.before.score == 50
    assert trend.score == 75 - 50


def test_what_was_judged_for_the_first_time_moves_no_score(report: ComplianceReport) -> None:
    finding = Finding(host="web1", policy="play.yml", check="files", title="t", status=Status.PASS)
    more = Verdict(host="web1", policy="play.yml", findings=(finding,))

    assert trend_of(msgspec.structs.replace(report, verdicts=(*report.verdicts, more))) == trend_of(report)


def test_what_is_gone_is_counted_and_without_an_earlier_run_there_is_no_trend(report: ComplianceReport) -> None:
    fewer = msgspec.structs.replace(report, verdicts=report.verdicts[1:])
    first = msgspec.structs.replace(report, before=())

    trend = trend_of(fewer)

    assert trend is not None
    assert trend.gone == 4
    assert trend_of(first) is None


@pytest.mark.parametrize(
    ("was", "now", "turn"),
    [
        (Status.PASS, Status.PASS, Turn.SAME),
        (Status.NOT_ASSESSED, Status.FAIL, Turn.FAILING),
        (Status.NOT_APPLICABLE, Status.PASS, Turn.PASSING),
        (Status.FAIL, Status.NOT_ASSESSED, Turn.LOST),
        (Status.NOT_APPLICABLE, Status.NOT_ASSESSED, Turn.OTHER),
        (Status.FAIL, Status.NOT_APPLICABLE, Turn.OTHER),
        (None, Status.FAIL, Turn.NEW),
    ],
)
def test_how_a_finding_turned(report: ComplianceReport, was: Status | None, now: Status, turn: Turn) -> None:
    finding = msgspec.structs.replace(report.verdicts[0].findings[0], status=now)
    before = {} if was is None else {(finding.host, finding.policy, finding.check): was}

    assert turn_of(finding, before) is turn


def test_an_id_depends_on_host_policy_and_check_alone(report: ComplianceReport) -> None:
    ids = [finding_id(each) for each in findings_of(report.verdicts)]
    finding = report.verdicts[0].findings[0]

    assert len(set(ids)) == len(ids)
    assert finding_id(msgspec.structs.replace(finding, status=Status.PASS, title="other")) == finding_id(finding)
    assert finding_id(finding) == "9abfab0a94696d3032bb47005be2cf93"


def test_a_host_that_was_not_reached_stays_in_sight(report: ComplianceReport) -> None:
    assert hosts_of(report) == ("web1", "web2", "db9")
    assert [each.host for each in unheard(report)] == ["db9"]
    assert hosts_of(for_host(report, "web1")) == ("web1",)
    assert before_of(for_host(report, "web2")) == {}


def test_plain_text_keeps_lines_and_backslashes_and_shows_what_hides() -> None:
    assert plain("a\r\nb\rc\td \\x1b") == "a\nb\nc\td \\x1b"
    assert (
        plain("\x1b[31m\x00\x85\u202e\ud800\udcff\ufffe\U000e0041")
        == "\\x1b[31m\\x00\\u0085\\u202e\\ud800\\xff\\ufffe\\U000e0041"
    )
    assert re.fullmatch(r"x+\.\.\.\(\+7, [0-9a-f]{8}\)", plain("x" * (LIMIT + 7)))
    assert plain("x" * LIMIT + "a") != plain("x" * LIMIT + "b")


def test_a_report_without_anything_hidden_stays_itself(report: ComplianceReport) -> None:
    assert readable(report) is report


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://www.cisecurity.org/a?b=c#d", "https://www.cisecurity.org/a?b=c#d"),
        (" http://x:8080/ ", "http://x:8080/"),
        ("javascript:alert(1)", ""),
        ("https://x/ onclick=y", ""),
        ('https://x/"><b>', ""),
        ("https://x:99999/", ""),
        ("sshd_config(5)", ""),
    ],
)
def test_only_whole_web_addresses_become_links(text: str, address: str) -> None:
    assert web_address(text) == address


def test_markup_escapes_what_is_no_markup() -> None:
    made = element("p", "<b>", Markup("<i>"), class_="a", data_x='"&', hidden=True, title=False)

    assert made == '<p class="a" data-x="&quot;&amp;" hidden>&lt;b&gt;<i></p>'
    assert element("meta", charset="utf-8") == '<meta charset="utf-8">'


def test_every_format_is_in_a_file_of_its_own() -> None:
    import pkgutil
    from importlib import import_module

    from ospatrol import report as room

    modules = [import_module(f"{room.__name__}.{each.name}") for each in pkgutil.iter_modules(room.__path__)]
    formats = [module.FORMAT for module in modules if isinstance(getattr(module, "FORMAT", None), ComplianceFormat)]

    assert sorted(each.name for each in formats) == ["cklb", "csv", "html", "json", "junit", "ocsf", "sarif"]
