from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
from typing import Any

import msgspec
import pytest

from ospatrol.cli.output import reports
from ospatrol.model.alert import Alert
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.event import Event
from ospatrol.model.place import Place
from ospatrol.model.policy import Finding, Severity, Status, Verdict, Waiver
from ospatrol.model.run import HostResult, HostStatus, RunResult, TaskResult
from ospatrol.report.compliance import ComplianceReport, unheard
from ospatrol.report.compliance_junit import write_junit
from ospatrol.report.coverage import coverage_line, coverage_of
from ospatrol.report.report import RunReport
from ospatrol.report.run_compliance import compliance_of, severity_of

ALERT = Alert(
    id="3f2a000000000000",
    rule=910100,
    level=13,
    description="Packaged file /usr/bin/ls contradicts package coreutils",
    event=Event(at=1.5, host="web1", kind="integrity", location="files:system", fields={"path": "/usr/bin/ls"}),
    groups=("integrity",),
    compliance={"pci_dss": ("11.5.2",)},
)
RESULT = RunResult(
    id="20261121T235700Z-abcd",
    play="nightly.yml",
    started=0.0,
    finished=2.0,
    planned=4,
    hosts=(
        HostResult(
            host="web1",
            status=HostStatus.PARTLY,
            tasks=(
                TaskResult(
                    task="system",
                    entries=1200,
                    hashed=3,
                    reused=1000,
                    baseline="approved",
                    pending=2,
                    explained=7,
                    digest=("packages: 1 upgraded",),
                    failures=(
                        Failure(what="acl", reason=Reason.NO_TOOL),
                        *(Failure(what=f"/root/{n}", reason=Reason.DENIED) for n in range(22)),
                    ),
                ),
            ),
            alerts=1,
            worst=13,
        ),
        HostResult(host="web2", status=HostStatus.FAILED, step="connect", problem="refused"),
        HostResult(
            host="web3",
            status=HostStatus.ASSESSED,
            notes=("legacy algorithm",),
            tasks=(TaskResult(task="system", entries=1, baseline="proposed"),),
        ),
    ),
)
CLEAN = RunResult(
    id="r",
    play="p",
    started=0.0,
    finished=1.0,
    planned=1,
    hosts=(HostResult(host="a", status=HostStatus.ASSESSED, tasks=(TaskResult(task="t", entries=1),)),),
)


WAIVER = Waiver(
    id="W-1",
    place=Place("waivers.yml", 3),
    hosts="web*",
    reason="the vendor's own build",
    owner="ann",
    approver="bob",
    expires="2027-01-31",
    rules=(910100,),
)
OVER = msgspec.structs.replace(WAIVER, id="W-2", expires="2026-01-31")
IDLE = msgspec.structs.replace(WAIVER, id="W-3\x1b[2J")
JUDGED = ComplianceReport(
    at=0.0,
    policies=(),
    version="1",
    verdicts=(
        Verdict(
            host="web1",
            policy="gates",
            findings=(
                Finding(host="web1", policy="gates", check="1", title="Shut", status=Status.FAIL),
                Finding(host="web1", policy="gates", check="2", title="Locked", status=Status.PASS),
            ),
        ),
        Verdict(host="web3", policy="gates", findings=(), applies=False),
    ),
)


def written(name: str, result: RunResult = RESULT, **more: Any) -> str:
    out = io.StringIO()
    reports()[name].write(RunReport(result=result, **{"alerts": (ALERT,), **more}), out)
    return out.getvalue()


def waived(alert: Alert = ALERT) -> Alert:
    return msgspec.structs.replace(alert, waiver="W-1")


def test_coverage_counts_what_was_not_assessed_with_its_reason() -> None:
    coverage = coverage_of(RESULT)

    assert (coverage.hosts, coverage.assessed, coverage.partly, coverage.failed, coverage.left_out) == (4, 1, 1, 1, 1)
    assert coverage.not_collectable == {"acl": 1}
    assert coverage.missing == {"connect": 1, "permission denied": 22}
    assert coverage.unapproved == (("web3", "system"),)
    assert (coverage.alerts, coverage.worst, coverage.incomplete) == (1, 13, True)


def test_the_coverage_line_never_lets_incomplete_look_clean() -> None:
    assert coverage_line(coverage_of(RESULT)) == (
        "coverage: 1 of 4 hosts assessed; 1 partly; 1 not; 1 left out (interrupted); "
        "1,201 entries, 3 hashed, 1,000 unchanged; NOT ASSESSED: 1 connect, 22 permission denied; "
        "not collectable: acl on 1 host"
    )
    assert coverage_line(coverage_of(CLEAN)) == ("coverage: 1 of 1 host assessed; 1 entry; nothing left out")


def test_text_has_a_line_an_alert_and_then_all_that_a_reader_must_know() -> None:
    lines = written("text").splitlines()

    assert lines[0] == (
        "1970-01-01T00:00:01.500Z level 13 web1 rule 910100: "
        "Packaged file /usr/bin/ls contradicts package coreutils [3f2a000000000000]"
    )
    assert "web1: system: packages: 1 upgraded" in lines
    assert "web1: system: 2 differences from the baseline await approval" in lines
    assert "web1: system: not assessed: 2 more" in lines
    assert "web2: NOT ASSESSED, failed at connect: refused" in lines
    assert "web3: note: legacy algorithm" in lines
    assert lines[-2].startswith("baseline proposed, not approved: web3 (system); ")
    assert lines[-1].startswith("coverage: ")


def test_many_unapproved_baselines_are_counted() -> None:
    host = HostResult(
        host="h",
        status=HostStatus.ASSESSED,
        tasks=tuple(TaskResult(task=f"t{n}", baseline="proposed") for n in range(25)),
    )
    result = RunResult(id="r", play="p", started=0.0, planned=1, hosts=(host,))

    assert "h (t19) and 5 more;" in written("text", result)


def test_json_is_one_document_with_times_in_iso_8601() -> None:
    document = json.loads(written("json"))

    assert document["version"] == 1
    assert document["run"]["started"] == "1970-01-01T00:00:00.000Z"
    assert document["alerts"][0]["fields"] == {"path": "/usr/bin/ls"}
    assert document["alerts"][0]["compliance"] == {"pci_dss": ["11.5.2"]}
    assert [host["host"] for host in document["hosts"]] == ["web1", "web2", "web3"]
    assert document["coverage"]["missing"] == {"connect": 1, "permission denied": 22}


def test_every_json_line_says_what_it_is() -> None:
    records = [json.loads(line) for line in written("jsonl").splitlines()]

    assert [record["record"] for record in records] == ["alert", "host", "host", "host", "run"]
    assert records[-1]["coverage"]["failed"] == 1


@pytest.mark.parametrize("name", ["text", "json", "jsonl"])
def test_a_format_is_the_name_of_its_file(name: str) -> None:
    assert reports()[name].name == name


def test_a_waived_alert_is_marked_in_every_format_and_is_not_the_worst() -> None:
    report = RunReport(result=RESULT, alerts=(waived(),))

    assert report.worst == -1
    assert written("text", alerts=(waived(),)).splitlines()[0].endswith("[3f2a000000000000] (waived by W-1)")
    assert json.loads(written("json", alerts=(waived(),)))["alerts"][0]["waiver"] == "W-1"
    assert json.loads(written("jsonl", alerts=(waived(),)).splitlines()[0])["waiver"] == "W-1"


def test_what_became_of_waivers_is_told() -> None:
    more = {"used": (WAIVER,), "unused": (IDLE,), "expired": (OVER,)}

    text = written("text", **more)
    document = json.loads(written("json", **more))

    assert "waiver W-3\\x1b[2J (waivers.yml:3) covers nothing; remove it" in text
    assert "waiver W-2 (waivers.yml:3) expired on 2026-01-31; what it covered counts again" in text
    assert {name: [each["id"] for each in found] for name, found in document["waivers"].items()} == {
        "used": ["W-1"],
        "unused": ["W-3\x1b[2J"],
        "expired": ["W-2"],
    }


def test_what_policy_tasks_came_to_stands_beside_the_alerts() -> None:
    text = written("text", policies=JUDGED)
    document = json.loads(written("json", policies=JUDGED))
    records = [json.loads(line)["record"] for line in written("jsonl", policies=JUDGED).splitlines()]

    assert "web1: policy gates: score 50, 1 failing, 0 waived, 1 passing, 0 not assessed" in text
    assert "web3: policy gates: not applicable" in text
    assert [each["check"] for each in document["policies"]["findings"]] == ["1", "2"]
    assert records.count("finding") == 2


def test_a_run_is_verdicts_too() -> None:
    report = compliance_of(RunReport(result=RESULT, alerts=(ALERT,), policies=JUDGED, fail_on=5, version="1"))
    found = {(each.host, each.check): each for verdict in report.verdicts for each in verdict.findings}

    assert found["web1", "910100-3f2a0000"].status is Status.FAIL
    assert found["web1", "910100-3f2a0000"].severity is Severity.HIGH
    assert found["web1", "system"].status is Status.NOT_ASSESSED
    assert found["web1", "system"].reason == "permission denied"
    assert found["web3", "system"].status is Status.PASS
    assert found["web1", "1"].policy == "gates"
    assert {each.host for each in unheard(report)} == {"web2", "(1 left out)"}


def test_an_alert_is_skipped_in_ci_if_it_is_quiet_or_waived_and_fails_otherwise() -> None:
    quiet, known = msgspec.structs.replace(ALERT, id="quiet", level=3), msgspec.structs.replace(waived(), id="known")
    alerts = tuple(named("a", alert) for alert in (ALERT, quiet, known))
    out = io.StringIO()

    write_junit(compliance_of(RunReport(result=CLEAN, alerts=alerts, used=(WAIVER,), fail_on=5)), out)

    cases = ET.fromstring(out.getvalue()).iter("testcase")
    outcomes = {case.get("name", "").partition(" ")[0]: [child.tag for child in case] for case in cases}
    assert outcomes == {
        "t": [],
        "910100-3f2a0000": ["failure"],
        "910100-quiet": ["skipped"],
        "910100-known": ["skipped"],
    }
    assert "the vendor's own build" in out.getvalue()


def named(host: str, alert: Alert) -> Alert:
    return msgspec.structs.replace(alert, event=msgspec.structs.replace(alert.event, host=host))


def test_a_host_that_failed_and_raised_an_alert_is_not_assessed_for_all_that() -> None:
    (verdict,) = [
        each
        for each in compliance_of(RunReport(result=RESULT, alerts=(named("web2", ALERT),))).verdicts
        if each.host == "web2"
    ]

    assert [each.status for each in verdict.findings] == [Status.NOT_ASSESSED, Status.FAIL]


def test_an_alert_about_a_check_is_left_to_its_finding() -> None:
    event = Event(at=1.5, host="web1", kind="policy", location="policy:gates", fields={"policy": "gates", "check": "1"})
    alert = msgspec.structs.replace(ALERT, event=event)
    with_policies = compliance_of(RunReport(result=RESULT, alerts=(alert,), policies=JUDGED))
    without = compliance_of(RunReport(result=RESULT, alerts=(alert,)))

    assert not [each for verdict in with_policies.verdicts for each in verdict.findings if "910100" in each.check]
    assert [each for verdict in without.verdicts for each in verdict.findings if "910100" in each.check]


@pytest.mark.parametrize(
    ("level", "severity"), [(0, "info"), (3, "info"), (4, "low"), (7, "medium"), (12, "high"), (15, "critical")]
)
def test_levels_have_names(level: int, severity: str) -> None:
    assert severity_of(level).value == severity
