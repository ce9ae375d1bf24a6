from __future__ import annotations

import io
import json

import pytest

from ospatrol.cli.output import reports
from ospatrol.model.alert import Alert
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.event import Event
from ospatrol.model.run import HostResult, HostStatus, RunResult, TaskResult
from ospatrol.report.coverage import coverage_line, coverage_of

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


def written(name: str, result: RunResult = RESULT) -> str:
    out = io.StringIO()
    reports()[name].write(result, [ALERT], out)
    return out.getvalue()


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
    assert coverage_line(coverage_of(CLEAN)) == (
        "coverage: 1 of 1 host assessed; 1 entry, 0 hashed, 0 unchanged; nothing left out"
    )


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
