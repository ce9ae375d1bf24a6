from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TextIO
from xml.etree import ElementTree as ET

import msgspec
import pytest

from ospatrol.model.errors import UsageError
from ospatrol.model.policy import Finding, Status, Verdict
from ospatrol.report.compliance import ComplianceReport, for_host
from ospatrol.report.compliance_cklb import write_cklb
from ospatrol.report.compliance_csv import COLUMNS, write_csv
from ospatrol.report.compliance_json import write_json
from ospatrol.report.compliance_junit import write_junit
from ospatrol.report.compliance_ocsf import VERSION, write_ocsf
from ospatrol.report.compliance_sarif import write_sarif

jsonschema = pytest.importorskip("jsonschema")
SCHEMAS = Path(__file__).parent / "schemas"


@cache
def sarif_schema() -> object:
    return jsonschema.Draft4Validator(json.loads((SCHEMAS / "sarif-schema-2.1.0.json").read_text()))


@cache
def cklb_schema() -> object:
    return jsonschema.Draft202012Validator(json.loads((SCHEMAS / "cklb-1.0.schema.json").read_text()))


@cache
def ocsf_schema() -> object:
    package = pytest.importorskip("ocsf_json_schema")
    schema = package.OcsfJsonSchemaEmbedded(package.get_ocsf_schema(version=VERSION))
    return jsonschema.Draft202012Validator(schema.get_class_schema(class_name="compliance_finding", profiles=[]))


def mistakes(schema: object, value: object) -> list[str]:
    return [f"{each.json_path}: {each.message[:200]}" for each in schema.iter_errors(value)]


def written(write: Callable[[ComplianceReport, TextIO], None], report: ComplianceReport) -> str:
    out = io.StringIO(newline="")
    write(report, out)
    return out.getvalue()


def with_title(report: ComplianceReport, title: str) -> ComplianceReport:
    first = report.verdicts[0]
    finding = msgspec.structs.replace(first.findings[0], title=title)
    return msgspec.structs.replace(report, verdicts=(msgspec.structs.replace(first, findings=(finding,)),))


def of_unknown_policy(report: ComplianceReport) -> ComplianceReport:
    finding = Finding(
        host="web1", policy="gone", check="g-1", title="Of no policy here", status=Status.FAIL, waiver="W-8"
    )
    return msgspec.structs.replace(
        report, verdicts=(Verdict(host="web1", policy="gone", findings=(finding,)),), before=(), unreachable=()
    )


# ---- JSON


def test_json_has_counts_trend_waivers_and_every_finding(report: ComplianceReport) -> None:
    got = json.loads(written(write_json, report))

    assert got["at"] == "2025-11-21T23:57:00.000Z"
    assert got["summary"] == {
        "hosts": 3, "score": 75, "total": 10, "pass": 6, "fail": 2, "not_applicable": 1, "not_assessed": 1, "waived": 1,
    }  # fmt: skip
    assert (got["trend"]["score"], len(got["trend"]["newly_failing"])) == (25, 1)
    assert [each["id"] for each in got["waivers"]["expired"]] == ["W-3"]
    assert got["waivers"]["used"][0]["place"] == "waivers.yml:3"
    assert got["unreachable"] == [{"host": "db9", "reason": "connection refused", "step": "connect"}]
    first = got["findings"][0]
    assert (first["host"], first["check"], first["status"], first["before"]) == ("web1", "cis-1000", "fail", "pass")
    assert first["change"] == "newly failing"
    assert first["evidence"][0]["outcome"] == "not found"
    assert len({each["id"] for each in got["findings"]}) == 10
    assert got["policies"][0]["checks"][0]["place"] == "checks/cis_debian12.yml:10"


def test_json_without_an_earlier_run_has_no_trend(report: ComplianceReport) -> None:
    got = json.loads(written(write_json, msgspec.structs.replace(report, before=(), before_at=None)))

    assert got["trend"] is None
    assert got["findings"][0]["change"] is None


def test_json_is_the_same_each_time(report: ComplianceReport) -> None:
    assert written(write_json, report) == written(write_json, report)


# ---- CSV


def test_csv_has_a_row_a_finding_and_one_for_the_host_out_of_reach(report: ComplianceReport) -> None:
    text = written(write_csv, report)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))

    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 11
    assert text.count("\r\n") == text.count("\n") == 12
    assert (rows[3]["status"], rows[3]["reason"], rows[3]["before"]) == ("not assessed", "no permission", "pass")
    assert rows[0]["compliance"] == "cis 1.1; pci_dss_v4 2.2.6; nist_800_53 CM-6; nist_800_53 AC-6"
    assert (rows[-1]["host"], rows[-1]["status"]) == ("db9", "not assessed")
    assert rows[-1]["reason"] == "connect: connection refused"


@pytest.mark.parametrize("begin", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "  =1", "＝1", "\r=1"])  # noqa: RUF001
def test_a_spreadsheet_takes_no_cell_for_a_formula(report: ComplianceReport, begin: str) -> None:
    (row, *_) = csv.DictReader(io.StringIO(written(write_csv, with_title(report, begin)), newline=""))

    assert row["title"].startswith("'")


# ---- JUnit

# what Jenkins' junit-10.xsd and Ant's formatter know
JUNIT = {
    "testsuites": ({"name", "tests", "failures", "errors", "skipped"}, {"testsuite"}),
    "testsuite": (
        {"name", "hostname", "tests", "failures", "errors", "skipped", "time", "timestamp"},
        {"testcase"},
    ),
    "testcase": ({"classname", "name", "time"}, {"failure", "error", "skipped"}),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "skipped": ({"message"}, set()),
}


def check_junit(text: str) -> ET.Element:
    root = ET.fromstring(text)
    for element in root.iter():
        attributes, children = JUNIT[element.tag]
        assert set(element.attrib) <= attributes
        assert {child.tag for child in element} <= children
    for suite in [root, *root.iter("testsuite")]:
        assert int(suite.get("tests", "")) == len(list(suite.iter("testcase")))
        assert int(suite.get("failures", "")) == len(list(suite.iter("failure")))
        assert int(suite.get("errors", "")) == len(list(suite.iter("error")))
        assert int(suite.get("skipped", "")) == len(list(suite.iter("skipped")))
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", each.get("timestamp", "")) for each in root)
    return root


def test_junit_is_well_formed_and_its_counts_are_right(report: ComplianceReport) -> None:
    root = check_junit(written(write_junit, report))

    assert [suite.get("name") for suite in root] == ["web1: cis_debian12", "web2: cis_debian12", "db9"]


def test_ci_never_takes_what_was_not_assessed_for_a_pass(report: ComplianceReport) -> None:
    root = check_junit(written(write_junit, report))
    outcomes = [[child.tag for child in case] for case in root[0]]

    assert outcomes == [["failure"], ["skipped"], [], ["error"], ["skipped"]]
    assert root[0][3][0].get("message") == "not assessed: no permission"
    assert root.find("testsuite[@name='db9']/testcase/error") is not None
    assert "waived by W-1" in (root[0][1][0].get("message") or "")


# ---- SARIF


def test_sarif_is_valid(report: ComplianceReport, fleet: ComplianceReport) -> None:
    assert mistakes(sarif_schema(), json.loads(written(write_sarif, report))) == []
    small = msgspec.structs.replace(fleet, verdicts=fleet.verdicts[:4])
    assert mistakes(sarif_schema(), json.loads(written(write_sarif, small))) == []


def test_sarif_says_what_is_not_assessed_and_what_is_waived(report: ComplianceReport) -> None:
    (run,) = json.loads(written(write_sarif, report))["runs"]
    results = run["results"]

    assert [each["kind"] for each in results[:5]] == ["fail", "fail", "pass", "open", "notApplicable"]
    assert [each["level"] for each in results[:5]] == ["error", "warning", "none", "none", "none"]
    assert results[1]["suppressions"][0]["justification"].startswith("The vendor")
    assert [each["baselineState"] for each in results[:5]] == ["updated", "unchanged", "updated", "updated", "new"]
    assert run["tool"]["driver"]["rules"][results[1]["ruleIndex"]]["id"] == results[1]["ruleId"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert "db9" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_sarif_tells_the_same_check_on_two_hosts_apart(report: ComplianceReport) -> None:
    (run,) = json.loads(written(write_sarif, report))["runs"]
    prints = [each["partialFingerprints"]["primaryLocationLineHash"] for each in run["results"]]

    assert len(set(prints)) == len(prints)


def test_sarif_with_a_finding_of_no_policy_here_is_valid(report: ComplianceReport) -> None:
    got = json.loads(written(write_sarif, of_unknown_policy(report)))

    assert mistakes(sarif_schema(), got) == []
    assert "baselineState" not in got["runs"][0]["results"][0]
    assert got["runs"][0]["invocations"][0]["executionSuccessful"] is True


# ---- OCSF


def test_ocsf_events_are_valid(report: ComplianceReport) -> None:
    events = [json.loads(line) for line in written(write_ocsf, report).splitlines()]

    assert [mistakes(ocsf_schema(), event) for event in events] == [[]] * 11
    assert {event["class_uid"] for event in events} == {2003}
    assert all(event["type_uid"] == 200300 + event["activity_id"] for event in events)
    assert events[0]["time"] == 1_763_769_420_000


def test_ocsf_says_what_is_not_assessed_and_what_is_waived(report: ComplianceReport) -> None:
    events = [json.loads(line) for line in written(write_ocsf, report).splitlines()]

    assert [each["compliance"]["status"] for each in events[:5]] == [
        "Fail",
        "Fail",
        "Pass",
        "Warning",
        "Not Applicable",
    ]
    assert [each["status"] for each in events[:5]] == ["New", "Suppressed", "Resolved", "New", "Resolved"]
    assert [each["activity_name"] for each in events[:5]] == ["Update", "Update", "Close", "Update", "Create"]
    assert events[3]["compliance"]["status_details"] == ["no permission"]
    assert events[1]["unmapped"]["waiver"]["owner"] == "web team"
    assert (events[-1]["compliance"]["status_code"], events[-1]["resources"][0]["uid"]) == ("not assessed", "db9")


def test_ocsf_with_a_finding_of_no_policy_here_is_valid(report: ComplianceReport) -> None:
    (line,) = written(write_ocsf, of_unknown_policy(report)).splitlines()

    assert mistakes(ocsf_schema(), json.loads(line)) == []


# ---- CKLB


def test_cklb_is_valid_and_has_the_four_statuses(report: ComplianceReport) -> None:
    got = json.loads(written(write_cklb, for_host(report, "web1")))
    (stig,) = got["stigs"]

    assert mistakes(cklb_schema(), got) == []
    assert stig["size"] == len(stig["rules"]) == 5
    statuses = [each["status"] for each in stig["rules"]]
    assert statuses == ["open", "open", "not_a_finding", "not_reviewed", "not_applicable"]
    assert {each["stig_uuid"] for each in stig["rules"]} == {stig["uuid"]}
    assert len({each["uuid"] for each in stig["rules"]}) == 5
    assert "approved by j.doe" in stig["rules"][1]["comments"]
    assert stig["rules"][3]["finding_details"].startswith("not assessed: no permission")
    assert got["target_data"]["host_name"] == "web1"


def test_cklb_takes_the_numbers_of_a_stig_where_a_check_names_them(report: ComplianceReport) -> None:
    first = report.verdicts[0]
    numbers = {"disa_stig": ("V-230221", "SV-230221r858734_rule", "SRG-OS-000480-GPOS-00227"), "cci": ("CCI-000366",)}
    finding = msgspec.structs.replace(first.findings[0], compliance=numbers)
    one = msgspec.structs.replace(report, verdicts=(msgspec.structs.replace(first, findings=(finding,)),))
    (rule,) = json.loads(written(write_cklb, one))["stigs"][0]["rules"]

    assert (rule["group_id"], rule["rule_id"], rule["rule_id_src"]) == (
        "V-230221",
        "SV-230221r858734",
        "SV-230221r858734_rule",
    )
    assert (rule["ccis"], rule["srg_id"]) == (["CCI-000366"], "SRG-OS-000480-GPOS-00227")


def test_cklb_with_a_finding_of_no_policy_here_is_valid(report: ComplianceReport) -> None:
    got = json.loads(written(write_cklb, of_unknown_policy(report)))

    assert mistakes(cklb_schema(), got) == []
    assert got["stigs"][0]["rules"][0]["comments"] == "waiver W-8"


def test_a_checklist_of_several_hosts_is_refused(report: ComplianceReport) -> None:
    with pytest.raises(UsageError, match="one host, not 2"):
        written(write_cklb, report)
