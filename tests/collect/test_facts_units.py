"""Answers about units that were asked for together are those that each command gives by itself."""

from __future__ import annotations

import pytest

from ospatrol.collect.command_policy import Allowed, allowed
from ospatrol.collect.facts import collect_facts
from ospatrol.collect.facts_answers import plan_questions
from ospatrol.collect.facts_dialogue import Asked, Frame
from ospatrol.collect.facts_units import units_in
from ospatrol.model.facts import Answer, Ask, Question, State

STATES = {"cron.service": "active", "ssh": "failed", "cups.service": "inactive", "cups.socket": "active"}
ALONE = [Question(Ask.COMMAND, f"systemctl is-active {name}") for name in (*STATES, "none.service", "cron.service ssh")]
ENABLED = Question(Ask.COMMAND, "systemctl is-enabled cups.service")
BOTH = [
    Question(Ask.COMMAND, f'sh -c "systemctl is-enabled {names} & systemctl is-active {names}"')
    for names in ("cups.socket cups.service", "none.service", "other.service")
]

# what systemctl of systemd does, up to 253 and from then on
OLD = """#!/bin/sh
echo "$@" >> {log}
verb=$1 code=3
shift
for name; do
  case $verb$name in
  is-activecron.service | is-activecups.socket) echo active; code=0 ;;
  is-activessh) echo failed ;;
  is-active*) echo inactive ;;
  is-enabledcups*) echo enabled; code=0 ;;
  *) echo "Failed to get unit file state for $name: No such file or directory" >&2; exit 1 ;;
  esac
done
exit "$code"
"""
NEW = OLD.replace("code=3", "code=4").replace(
    "  is-active*)", '  is-activecups*) echo inactive; [ "$code" = 0 ] || code=3 ;;\n  is-active*)'
)
ODD = {
    "a line too few": 'echo "$@" >> {log}\nshift; shift\nfor name; do echo active; done',
    "a state that nobody knows": 'echo "$@" >> {log}\nshift\nfor name; do echo "$name"; done',
    "words between the states": 'echo "$@" >> {log}\nshift\nfor name; do echo inactive; done\necho odd >&2\nexit 3',
    "another end": 'echo "$@" >> {log}\n[ $# = 2 ] && code=3\nshift\nfor x; do echo inactive; done\nexit ${{code:-1}}',
    "nothing": 'echo "$@" >> {log}\nexit 1; # {log}',
}  # fmt: skip


@pytest.fixture
def told(connect, tmp_path):
    """What a host with another systemctl answers, and with what arguments that was started."""

    async def ask(script: str, questions: list[Question]) -> tuple[list[Answer], list[str]]:
        log, program = tmp_path / "log", tmp_path / "systemctl"
        log.write_text("")
        program.write_text(script.replace("{log}", str(log)).replace("{{", "{").replace("}}", "}"))
        program.chmod(0o755)
        shell = connect()
        shell.path = f"{tmp_path}:{shell.path}"
        facts = await collect_facts(shell, questions)
        return [facts.answer(each) for each in questions], log.read_text().splitlines()

    return ask


@pytest.mark.parametrize("script", [OLD, NEW])
async def test_together_is_what_each_says_alone(told, script):
    together, _ = await told(script, [*ALONE, ENABLED])
    alone = [(await told(script, [each]))[0][0] for each in (*ALONE, ENABLED)]

    assert together == alone
    assert {each.state for each in together} == {State.OK}


async def test_systemctl_is_started_once_for_all_that_may_be_active(told):
    _, started = await told(OLD, [*ALONE, ENABLED, *BOTH])

    active = [each for each in started if each.startswith("is-active")]
    names = "cron.service ssh cups.service cups.socket none.service other.service"
    assert sorted(active) == sorted([f"is-active {names}", "is-active ospatrol-none-such.service"])
    assert sorted(each for each in started if each not in active) == [
        "is-enabled cups.service", "is-enabled cups.socket cups.service", "is-enabled none.service",
        "is-enabled other.service",
    ]  # fmt: skip


async def test_what_a_shell_would_start_at_once_is_recorded_one_after_the_other(told):
    (cups, none, other, *_), _ = await told(OLD, [*BOTH, *ALONE])

    assert cups == Answer(state=State.OK, content="enabled\nenabled\nactive\ninactive\n", status=0)
    failed = "Failed to get unit file state for {}.service: No such file or directory\ninactive\n"
    assert none == Answer(state=State.OK, content=failed.format("none"), status=3)
    assert other == Answer(state=State.OK, content=failed.format("other"), status=3)


async def test_where_systemd_does_not_run_all_say_so(told):
    said = "System has not been booted with systemd"
    answers, started = await told(f'#!/bin/sh\necho "$@" >> {{log}}\necho "{said}" >&2\nexit 1\n', ALONE)

    assert answers == [Answer(state=State.OK, content=f"{said}\n", status=1)] * len(ALONE)
    assert len(started) == 2


@pytest.mark.parametrize("odd", ODD)
async def test_what_does_not_fit_is_asked_one_by_one(told, odd):
    script = f"#!/bin/sh\n{ODD[odd]}\n"

    together, _ = await told(script, ALONE)

    assert together == [(await told(script, [each]))[0][0] for each in ALONE]


@pytest.mark.parametrize(
    "text",
    [
        "systemctl is-active -q cron",
        'systemctl is-active "cron*"',
        "systemctl is-active",
        "systemctl is-enabled cron",
        "systemctl is-failed cron",
        'sh -c "systemctl is-enabled cron; systemctl is-active cron"',
        'sh -c "systemctl is-enabled cron & ufw status"',
        'sh -c "systemctl is-enabled cron & systemctl is-active cron & systemctl is-active ssh"',
        "dpkg-query -s cron",
    ],
)
def test_other_questions_stay_what_they_are(text):
    plan = plan_questions([*ALONE, Question(Ask.COMMAND, text)])

    bundle = units_in(plan.asked)

    assert {plan.asked[each][0] for each in bundle.of} == set(ALONE)


def test_few_are_asked_by_themselves():
    assert units_in(plan_questions([*ALONE[:3], ENABLED]).asked) is None


def test_what_is_asked_instead_is_known_to_only_read_and_shares():
    bundle = units_in(plan_questions([*ALONE, *BOTH]).asked)

    for each in bundle.instead:
        assert isinstance(allowed(b" ".join(each.words).decode()), Allowed)
        assert each in plan_questions([Question(Ask.COMMAND, b" ".join(each.words).decode())]).asked


def test_nothing_is_told_by_what_was_not_heard():
    bundle = units_in(plan_questions([*ALONE, *BOTH]).asked)
    heard = {each: Frame(state=b"O", content=b"active\n", status=0) for each in bundle.instead[:1]}

    assert bundle.told(heard) == {}
    assert bundle.told({Asked(ask=Ask.FILE): Frame(state=b"M")}) == {}
