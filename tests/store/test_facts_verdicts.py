from __future__ import annotations

from pathlib import Path

import pytest

from ospatrol.model.errors import StoreError
from ospatrol.model.policy import Evidence, Finding, Status, Verdict
from ospatrol.store.facts_verdicts import PastVerdict, VerdictStore


def past(policy: str = "debian_12", host: str = "web1", status: Status = Status.PASS) -> PastVerdict:
    finding = Finding(
        host=host,
        policy=policy,
        check="1",
        title="A check",
        status=status,
        evidence=(Evidence(rule="f:/x", outcome="found", shown="x"),),
        compliance={"cis": ("1.1",)},
    )
    verdict = Verdict(host=host, policy=policy, findings=(finding,))
    return PastVerdict(at=1.0, run="r1", facts="ab", verdict=verdict)


def test_the_verdicts_of_other_policies_stay(tmp_path: Path) -> None:
    store = VerdictStore(tmp_path / "state")

    store.put("web1", [past(), past("ours")])
    store.put("web1", [past(status=Status.FAIL)])

    assert store.get("web1") == {"debian_12": past(status=Status.FAIL), "ours": past("ours")}
    assert store.get("web2") == {}


def test_what_is_damaged_is_told_and_not_taken_for_nothing(tmp_path: Path) -> None:
    store = VerdictStore(tmp_path)
    store.put("web1", [past()])
    (path,) = (tmp_path / "verdicts").iterdir()
    path.write_bytes(path.read_bytes()[:-9])

    with pytest.raises(StoreError, match="damaged"):
        store.get("web1")
