"""The top of the HTML report: score, counts, what changed, what is not known, and a line a policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ospatrol.model.policy import Finding, Policy, Status
from ospatrol.report.compliance import (
    ComplianceReport,
    Counts,
    Trend,
    count,
    findings_of,
    hosts_of,
    trend_of,
)
from ospatrol.report.compliance_index import SEVERITIES
from ospatrol.report.compliance_markup import Markup, element, joined
from ospatrol.report.view import iso_time

_SHIELD = Markup(
    '<svg class="logo" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 1.8 3.6 5v6.6c0 5 3.5 8.8 8.4 10.6 4.9-1.8 '
    '8.4-5.6 8.4-10.6V5z"/><path class="tick" d="m7.8 12 3 3 5.6-6"/></svg>'
)
_SHOWN = 8


def header(report: ComplianceReport) -> Markup:
    """What this is, of when and of what."""
    hosts, policies = len(hosts_of(report)), len(report.policies)
    facts = [
        element("time", shown_time(report.at), datetime=iso_time(report.at)),
        element("span", f"{hosts:,} host{_s(hosts)}"),
        element("span", f"{policies:,} polic{'y' if policies == 1 else 'ies'}"),
        element("span", f"OSPatrol {report.version}"),
    ]
    return element(
        "header",
        element("a", "Skip to the findings", href="#findings", class_="skip"),
        element("div", _SHIELD, element("h1", "Compliance report"), class_="brand"),
        element("p", *facts, class_="facts"),
    )


def summary(report: ComplianceReport) -> Iterator[Markup]:
    """Score, counts, changes, coverage; then policies."""
    every = count(findings_of(report.verdicts))
    trend = trend_of(report)
    yield element(
        "section",
        _score(every, trend),
        _statuses(every, report),
        _changes(report, trend),
        _coverage(report),
        class_="cards",
        aria_label="Summary",
    )
    if report.policies:
        yield element(
            "section",
            element("h2", "Policies"),
            _policies(report),
            class_="card policies",
        )


def shown_time(at: float) -> str:
    """`2026-11-21 23:57 UTC`."""
    return f"{iso_time(at)[:16].replace('T', ' ')} UTC"


def bar(counts: Counts) -> Markup:
    """A bar whose parts the page's script gives their widths; the words beside it say the same."""
    parts = {
        "fail": counts.failed - counts.waived,
        "waived": counts.waived,
        "unknown": counts.not_assessed,
        "pass": counts.passed,
        "na": counts.not_applicable,
    }
    inside = (element("i", class_=name, data_n=str(number)) for name, number in parts.items() if number)
    return element("span", *inside, class_="bar", aria_hidden="true")


def percent(score: int | None) -> str:
    """`87 %`; a dash where nothing was decided."""
    return "–" if score is None else f"{score} %"  # noqa: RUF001


def grade(score: int | None) -> str:
    """How a score is coloured."""
    if score is None:
        return "none"
    return "good" if score >= 90 else "fair" if score >= 70 else "bad"


def delta(points: int | None) -> Markup:
    """How many hundredths more or less than in the last run."""
    if points is None:
        return Markup("")
    name = "up" if points > 0 else "down" if points < 0 else "level"
    sign = {"up": "▲ +", "down": "▼ ", "level": "± "}[name]
    return element("span", f"{sign}{points}".replace("-", "−"), class_=f"delta {name}")  # noqa: RUF001


def _score(every: Counts, trend: Trend | None) -> Markup:
    ring = Markup(
        f'<svg class="ring {grade(every.score)}" viewBox="0 0 120 120" aria-hidden="true">'
        '<circle class="track" cx="60" cy="60" r="51"/>'
        '<circle class="value" cx="60" cy="60" r="51" pathLength="100" '
        f'stroke-dasharray="{every.score or 0} 100"/></svg>'
    )
    decided = every.passed + every.failed
    return element(
        "div",
        element(
            "div",
            ring,
            element("p", element("strong", percent(every.score)), class_="middle"),
            class_="dial",
        ),
        element("h2", "Score"),
        element("p", f"{every.passed:,} of {decided:,} decided checks pass", class_="muted"),
        element("p", delta(trend.score), " since last run", class_="muted")
        if trend and trend.score is not None
        else Markup(""),
        class_="card score",
    )


def _statuses(every: Counts, report: ComplianceReport) -> Markup:
    tiles = [
        ("0", "fail", "Fail", every.failed - every.waived),
        ("4", "waived", "Fail, waived", every.waived),
        ("1", "unknown", "Not assessed", every.not_assessed),
        ("2", "pass", "Pass", every.passed),
        ("3", "na", "Not applicable", every.not_applicable),
    ]
    buttons = (
        element(
            "button",
            element("b", f"{number:,}"),
            element("span", name),
            type="button",
            class_=f"tile {kind}",
            data_status=key,
            title=f"Show only: {name}",
        )
        for key, kind, name, number in tiles
    )
    note = (
        "Not assessed is never a pass: it counts in no score."
        if every.not_assessed
        else "Everything that applies was assessed."
    )
    return element(
        "div",
        element("h2", f"{every.total:,} findings"),
        bar(every),
        element("div", *buttons, class_="tiles"),
        _severities(report),
        element("p", note, class_="muted"),
        class_="card statuses",
    )


def _severities(report: ComplianceReport) -> Markup:
    failing = Counter(each.severity for each in findings_of(report.verdicts) if _is_open(each))
    buttons = (
        element(
            "button",
            element("b", f"{failing[severity]:,}"),
            f" {severity}",
            type="button",
            class_=f"severity sev{number}",
            data_severity=str(number),
            title=f"Show only: fail, {severity}",
        )
        for number, severity in enumerate(SEVERITIES)
        if failing[severity]
    )
    return element("div", "Failing: ", *buttons, class_="severities") if failing else Markup("")


def _is_open(finding: Finding) -> bool:
    return finding.status is Status.FAIL and not finding.waiver


def _changes(report: ComplianceReport, trend: Trend | None) -> Markup:
    if trend is None:
        inside = [element("p", "There is no earlier run to compare with.", class_="muted")]
    else:
        rows = [
            ("newly failing", "bad", len(trend.failing)),
            ("newly passing", "good", len(trend.passing)),
            ("no longer assessed", "fair", len(trend.lost)),
            ("new", "none", len(trend.new)),
        ]
        inside = [
            element(
                "button",
                element("b", f"{number:,}"),
                f" {name}",
                type="button",
                class_=f"change {kind if number else 'none'}",
                data_turn=name,
                title=f"Show only: {name}",
            )
            for name, kind, number in rows
        ]
        when = f"Last run {shown_time(report.before_at)}. " if report.before_at is not None else ""
        then = f"{when}Score then {percent(trend.before.score)}."
        gone = f" {trend.gone:,} findings of then are gone." if trend.gone else ""
        inside.append(element("p", then + gone, class_="muted"))
    return element("div", element("h2", "Since the last run"), *inside, class_="card changes")


def _coverage(report: ComplianceReport) -> Markup:
    hosts = hosts_of(report)
    lost = {each.host for each in report.unreachable}
    partly = {each.host for each in findings_of(report.verdicts) if each.status is Status.NOT_ASSESSED} - lost
    whole = len(hosts) - len(lost) - len(partly)
    rows = [
        (whole, "assessed in full", "good"),
        (len(partly), "with checks not assessed", "fair" if partly else "none"),
        (len(lost), "not reached", "bad" if lost else "none"),
    ]
    lines = (element("li", element("b", f"{number:,}"), f" {text}", class_=kind) for number, text, kind in rows)
    shown = _named(each.host for each in report.unreachable)
    return element(
        "div",
        element("h2", "Coverage"),
        element("ul", *lines),
        element("p", shown, class_="muted") if shown else Markup(""),
        class_="card coverage",
    )


def _named(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - _SHOWN:,} more" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + more


def _policies(report: ComplianceReport) -> Markup:
    titles = ("Policy", "Score", "", "Fail", "Waived", "Not assessed", "Pass", "Not applicable", "Hosts")
    head = element("tr", *(element("th", title, scope="col") for title in titles))
    rows = (_policy(report, policy) for policy in report.policies)
    return element("div", element("table", element("thead", head), element("tbody", *rows)), class_="scroll")


def _policy(report: ComplianceReport, policy: Policy) -> Markup:
    own = [verdict for verdict in report.verdicts if verdict.policy == policy.id]
    found = count(findings_of(own))
    then = count(findings_of(each for each in report.before if each.policy == policy.id))
    points = None if found.score is None or then.score is None else found.score - then.score
    numbers = (found.failed - found.waived, found.waived, found.not_assessed, found.passed, found.not_applicable)
    kinds = ("fail", "waived", "unknown", "pass", "na")
    hosts = sum(verdict.applies for verdict in own)
    return element(
        "tr",
        element(
            "th",
            element("span", policy.name or policy.id),
            element("small", f"{policy.id} · {policy.file}" if policy.file else policy.id),
            scope="row",
        ),
        element("td", element("b", percent(found.score), class_=grade(found.score)), joined(" ", delta(points))),
        element("td", bar(found), class_="wide"),
        *(
            element("td", f"{number:,}", class_=f"n {kind}" if number else "n zero")
            for number, kind in zip(numbers, kinds, strict=True)
        ),
        element("td", f"{hosts:,}", class_="n"),
    )


def _s(number: int) -> str:
    return "" if number == 1 else "s"
