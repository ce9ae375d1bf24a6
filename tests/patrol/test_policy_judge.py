from __future__ import annotations

from datetime import date

from ospatrol.dialect.sca import read_sca
from ospatrol.model.facts import Answer, Ask, Facts, Question, State
from ospatrol.model.place import Place
from ospatrol.model.policy import Policy, Status, Waiver
from ospatrol.patrol.policy_judge import (
    Assessment,
    Judged,
    Waivers,
    is_failing,
    is_incomplete,
    left_out_of,
    unjudged_of,
)
from ospatrol.report.compliance import Unreachable
from ospatrol.store.facts_verdicts import PastVerdict

RELEASE = Question(Ask.FILE, "/etc/os-release")
FOLDER = Question(Ask.DIRECTORY, "/etc/cron.d")
JOB = Question(Ask.FILE, "/etc/cron.d/job")
TEXT = """\
policy: {{id: {id}, file: {id}.yml, name: N, description: D}}
requirements:
  title: It is {os}
  description: D
  condition: all
  rules: ['f:/etc/os-release -> r:^ID={os}']
checks:
  - {{id: 1, title: Jobs, condition: none, rules: ['d:/etc/cron.d -> r:job -> r:evil']}}
"""


def policy(name: str, os: str) -> Policy:
    read = read_sca(TEXT.format(id=name, os=os), f"{name}.yml").policy
    assert read is not None
    return read


def waivers(*waivers: Waiver) -> Waivers:
    return Waivers(waivers=waivers, today=date(2026, 1, 1), matches_host=lambda pattern, host: pattern in {"all", host})


def waiver(name: str, hosts: str = "all", policies: str = "deb", checks: str = "1") -> Waiver:
    return Waiver(
        id=name,
        place=Place("waivers.yml", 1),
        hosts=hosts,
        reason="r",
        owner="o",
        approver="a",
        expires="2027-01-01",
        policies=(policies,),
        checks=(checks,),
    )


def facts(job: str = "fine", host: str = "web1") -> Facts:
    answers = {
        RELEASE: Answer(state=State.OK, content="ID=debian\n"),
        FOLDER: Answer(state=State.OK, entries=("/etc/cron.d/job", "/etc/cron.d/other")),
        JOB: Answer(state=State.OK, content=f"{job}\n"),
    }
    return Facts(host=host, at=1.0, answers=answers)


DEBIAN, BSD = policy("deb", "debian"), policy("bsd", "freebsd")
AUTO = Assessment(policies=(DEBIAN, BSD), auto=True, waivers=waivers())


def test_a_host_is_asked_only_what_applies_to_it() -> None:
    first = AUTO.questions()
    known = {RELEASE: facts().answers[RELEASE]}
    second = set(AUTO.then(Facts(host="web1", at=1.0, answers=known))) - set(known)
    known[FOLDER] = facts().answers[FOLDER]
    third = set(AUTO.then(Facts(host="web1", at=1.0, answers=known))) - set(known)

    assert first == (RELEASE,)
    assert second == {FOLDER}
    assert third == {JOB}


def test_a_requirement_that_is_not_known_is_no_reason_to_ask_less() -> None:
    closed = Facts(host="web1", at=1.0, answers={RELEASE: Answer(state=State.NO_PERMISSION)})

    assert FOLDER in set(AUTO.then(closed))
    judged = AUTO.judged(closed, {})
    assert is_incomplete(judged.verdicts)
    assert not is_failing(judged.verdicts)


def test_policies_that_choose_themselves_are_left_out_where_they_do_not_apply() -> None:
    judged = AUTO.judged(facts(), {})

    assert [verdict.policy for verdict in judged.verdicts] == ["deb"]
    assert judged.left_out == ("bsd",)
    assert left_out_of([judged]) == ("bsd",)
    assert AUTO.report([judged], at=2.0).policies == (DEBIAN,)


def test_a_policy_that_applied_and_does_not_any_more_is_not_left_out() -> None:
    named = Assessment(policies=(BSD,), auto=False, waivers=waivers())
    (verdict,) = named.judged(facts(), {}).verdicts
    assert not verdict.applies
    (applied,) = AUTO.judged(facts(), {}).verdicts
    past = PastVerdict(at=0.5, run="r", facts="", verdict=applied)
    gone = Facts(host="web1", at=1.0, answers={RELEASE: Answer(state=State.OK, content="ID=other\n")})

    judged = AUTO.judged(gone, {"deb": past})

    assert [each.policy for each in judged.verdicts] == ["deb"]
    assert judged.before == (past,)


def test_a_host_to_which_nothing_applies_is_not_clean() -> None:
    nothing = Assessment(policies=(BSD,), auto=True, waivers=waivers()).judged(facts(), {})

    assert unjudged_of([nothing]) == ("web1",)


def test_a_waiver_that_this_run_could_not_use_is_not_called_unused() -> None:
    assessment = Assessment(
        policies=(DEBIAN,),
        auto=False,
        waivers=waivers(
            waiver("used"), waiver("idle", checks="2"), waiver("other", policies="bsd"), waiver("away", hosts="db1")
        ),
    )
    judged = assessment.judged(facts("evil"), {})

    report = assessment.report([judged], at=2.0, unreachable=[Unreachable(host="db1", reason="refused")])

    assert [each.id for each in report.used] == ["used"]
    assert [each.id for each in report.unused] == ["idle"]
    assert report.verdicts[0].findings[0].status is Status.FAIL
    assert report.verdicts[0].findings[0].waiver == "used"
    assert not is_failing(report.verdicts)


def test_the_report_of_no_host_holds_nothing() -> None:
    report = AUTO.report([], at=2.0)

    assert (report.verdicts, report.policies, report.before_at) == ((), (), None)
    assert isinstance(AUTO.judged(facts(), {}), Judged)
