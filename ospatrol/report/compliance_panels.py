"""The rest of the HTML report: what can be chosen, where the page's script puts its rows, and waivers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ospatrol.model.policy import Waiver
from ospatrol.report.compliance import ComplianceReport, Counts, count, findings_of, hosts_of
from ospatrol.report.compliance_index import SEVERITIES
from ospatrol.report.compliance_markup import Markup, element
from ospatrol.report.compliance_summary import grade, percent

_STATUSES = (
    ("0", "fail", "Fail"),
    ("4", "waived", "Waived"),
    ("1", "unknown", "Not assessed"),
    ("2", "pass", "Pass"),
    ("3", "na", "Not applicable"),
)


def filters(report: ComplianceReport) -> Markup:
    """Text, status, severity, host, policy, and whether it changed; all work without a server."""
    waivers = len(report.used) + len(report.unused) + len(report.expired)
    tabs = [("checks", "Checks"), ("hosts", "Hosts"), ("waivers", f"Waivers ({waivers:,})")]
    search = element(
        "input",
        type="search",
        id="text",
        placeholder="Search checks, hosts, evidence, compliance numbers",
        aria_label="Search text",
        autocomplete="off",
        spellcheck="false",
    )
    severities = [(str(number), f"sev{number}", each.value.title()) for number, each in enumerate(SEVERITIES)]
    policies = [(policy.id, policy.name or policy.id) for policy in report.policies]
    hosts = [(host, host) for host in hosts_of(report)]
    return element(
        "section",
        element("div", *_tabs(tabs), role="tablist", aria_label="Views"),
        element(
            "div",
            search,
            _choice("host", "All hosts", hosts),
            _choice("policy", "All policies", policies),
            _choice("turn", "Changed or not", [("*", "Changed since the last run")], hidden=not report.before),
            element("button", "Reset", type="button", id="reset"),
            class_="choices",
        ),
        element(
            "div", _chips("status", "Status", _STATUSES), _chips("severity", "Severity", severities), class_="rows"
        ),
        element("p", "", id="shown", role="status", class_="muted"),
        class_="filters",
        id="findings",
        aria_label="Findings",
    )


def panels(report: ComplianceReport) -> Iterator[Markup]:
    """Checks and hosts, for the script to fill; waivers; and for who runs no scripts, a line a host."""
    yield element("noscript", _without_script(report))
    yield _panel("checks", element("div", class_="list"))
    yield _panel("hosts", element("div", class_="list"), hidden=True)
    yield _panel("waivers", *_waivers(report), hidden=True)


def _tabs(tabs: Iterable[tuple[str, str]]) -> Iterator[Markup]:
    for number, (key, name) in enumerate(tabs):
        yield element(
            "button",
            name,
            type="button",
            role="tab",
            id=f"tab-{key}",
            aria_controls=key,
            aria_selected="false" if number else "true",
            tabindex="-1" if number else "0",
        )


def _choice(key: str, every: str, options: Iterable[tuple[str, str]], *, hidden: bool = False) -> Markup:
    rows = (element("option", name, value=value) for value, name in options)
    first = element("option", every, value="")
    return element("select", first, *rows, id=key, aria_label=every, hidden=hidden)


def _chips(key: str, name: str, chips: Iterable[tuple[str, str, str]]) -> Markup:
    buttons = (
        element(
            "button", text, type="button", class_=f"chip {kind}", aria_pressed="false", data_chip=key, data_value=value
        )
        for value, kind, text in chips
    )
    return element("div", *buttons, class_="chips", role="group", aria_label=name)


def _panel(key: str, *inside: Markup, hidden: bool = False) -> Markup:
    return element("section", *inside, id=key, role="tabpanel", aria_labelledby=f"tab-{key}", hidden=hidden)


def _waivers(report: ComplianceReport) -> Iterator[Markup]:
    sorts = [
        ("Expired", "What they covered counts again.", "bad", report.expired),
        ("In use", "They cover a finding, which stays visible.", "waived", report.used),
        ("Unused", "They cover nothing that failed; remove them, or see why.", "fair", report.unused),
    ]
    covered: dict[str, int] = {}
    for finding in findings_of(report.verdicts):
        if finding.waiver:
            covered[finding.waiver] = covered.get(finding.waiver, 0) + 1
    if not any(waivers for *_, waivers in sorts):
        yield element("p", "There are no waivers.", class_="card muted")
    for name, about, kind, waivers in sorts:
        if waivers:
            yield element(
                "div",
                element("h2", f"{name} ({len(waivers):,})", class_=kind),
                element("p", about, class_="muted"),
                _waiver_table(waivers, covered),
                class_="card",
            )


def _waiver_table(waivers: Iterable[Waiver], covered: dict[str, int]) -> Markup:
    titles = ("Waiver", "Covers", "Reason", "Owner", "Approved by", "Expires (end of day, UTC)", "Ticket", "Findings")
    head = element("tr", *(element("th", title, scope="col") for title in titles))
    rows = []
    for each in waivers:
        about = [f"hosts {each.hosts}", *each.policies, *each.checks, *map(str, each.rules), *each.paths]
        cells = (", ".join(about), each.reason, each.owner, each.approver, each.expires, each.ticket)
        rows.append(
            element(
                "tr",
                element("th", element("span", each.id), element("small", str(each.place)), scope="row"),
                *(element("td", text) for text in cells),
                element("td", f"{covered.get(each.id, 0):,}", class_="n"),
            )
        )
    return element("div", element("table", element("thead", head), element("tbody", *rows)), class_="scroll")


def _without_script(report: ComplianceReport) -> Markup:
    said = "Single findings need scripts, which this browser does not run. The scores by host:"
    titles = ("Host", "Policy", "Score", "Fail", "Waived", "Not assessed", "Pass", "Not applicable")
    head = element("tr", *(element("th", title, scope="col") for title in titles))
    rows = [
        element(
            "tr", element("th", each.host, scope="row"), element("td", each.policy), *_numbers(count(each.findings))
        )
        for each in report.verdicts
    ]
    lost = [
        element("tr", element("th", each.host, scope="row"), element("td", f"not reached: {each.reason}", colspan="7"))
        for each in report.unreachable
    ]
    table = element("table", element("thead", head), element("tbody", *rows, *lost))
    return element("div", element("p", said), table, class_="card")


def _numbers(found: Counts) -> Iterator[Markup]:
    yield element("td", percent(found.score), class_=grade(found.score))
    for number in (
        found.failed - found.waived,
        found.waived,
        found.not_assessed,
        found.passed,
        found.not_applicable,
    ):
        yield element("td", f"{number:,}", class_="n")
