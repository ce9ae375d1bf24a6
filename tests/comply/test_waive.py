"""Waivers over verdicts."""

from datetime import date
from fnmatch import fnmatchcase

import pytest

from ospatrol.comply.waive import waive
from ospatrol.model.place import Place
from ospatrol.model.policy import Finding, Status, Verdict, Waiver

TODAY = date(2027, 1, 31)


def waiver(id_="w", hosts="*", expires="2027-12-31", **about):
    about = about or {"policies": ("p",), "checks": ("1",)}
    return Waiver(
        id=id_, place=Place("w.yml", 1), hosts=hosts, reason="r", owner="o", approver="a", expires=expires, **about
    )


def verdict(host="web1", policy="p", **statuses):
    statuses = statuses or {"1": Status.FAIL, "2": Status.FAIL, "3": Status.PASS, "4": Status.NOT_ASSESSED}
    findings = [Finding(host=host, policy=policy, check=c, title=c, status=s) for c, s in statuses.items()]
    return Verdict(host=host, policy=policy, findings=tuple(findings))


def waived(*waivers, verdicts=None, today=TODAY):
    return waive(verdicts or [verdict()], waivers, today, lambda pattern, host: fnmatchcase(host, pattern))


def covered(result):
    return {finding.check: finding.waiver for finding in result.verdicts[0].findings if finding.waiver}


@pytest.mark.parametrize(
    ("written", "checks"),
    [
        (waiver(), {"1"}),
        (waiver(policies=("p",)), {"1", "2"}),
        (waiver(checks=("*",)), {"1", "2"}),
        (waiver(policies=("cis_*", "p"), checks=("2", "9")), {"2"}),
        (waiver(policies=("q",), checks=("1",)), set()),
        (waiver(hosts="db*"), set()),
        (waiver(rules=(5,)), set()),
        (waiver(paths=("/etc/*",)), set()),
        (waiver(expires="2027-01-30"), set()),
        (waiver(expires="2027-01-31"), {"1"}),
        (waiver(expires="never"), set()),
    ],
)
def test_a_waiver_covers_failing_findings_of_its_hosts_policies_and_checks(written, checks):
    assert set(covered(waived(written))) == checks


def test_what_is_waived_still_fails():
    result = waived(waiver())

    assert result.verdicts[0].findings[0].status is Status.FAIL
    assert result.verdicts[0].score == verdict().score


def test_waivers_that_are_used_unused_and_expired_are_told_apart():
    use, idle, over, other = (
        waiver("a"),
        waiver("b", checks=("3",)),
        waiver("c", expires="2026-01-01"),
        waiver("d", rules=(1,)),
    )

    result = waived(use, idle, over, other)

    assert (result.used, result.unused, result.expired) == ((use,), (idle,), (over,))


def test_the_first_of_several_is_named_and_all_are_used():
    result = waived(waiver("a"), waiver("b"))

    assert covered(result) == {"1": "a"}
    assert [each.id for each in result.used] == ["a", "b"]


def test_a_waiver_that_is_used_on_one_host_is_used():
    result = waived(waiver(hosts="db1"), verdicts=[verdict(), verdict(host="db1")])

    assert [each.id for each in result.used] == ["w"]
    assert result.verdicts[0].findings[0].waiver == ""
    assert result.verdicts[1].findings[0].waiver == "w"
