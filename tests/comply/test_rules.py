"""Rules that no policy of this dialect can hold, and patterns that are beyond our limits."""

import pytest

from ospatrol.comply.judge import judge
from ospatrol.comply.match import UNKNOWN, terms_of
from ospatrol.comply.outcome import Outcome
from ospatrol.comply.rcl import rcl_result
from ospatrol.comply.rules import Host, named_entries, sca_result
from ospatrol.model.facts import Answer, State
from ospatrol.model.pattern import Syntax
from ospatrol.model.place import Place
from ospatrol.model.policy import Check, Condition, Manner, Policy, PolicyRule, Status, Target, Term, TermKind
from ospatrol.pattern.compiled import Pattern, PatternRefused
from tests.comply.conftest import facts_of


@pytest.mark.parametrize("evaluate", [sca_result, rcl_result])
def test_a_registry_is_not_known(evaluate):
    rule = PolicyRule(text="r:X", target=Target.REGISTRY, locations=("X",))

    assert evaluate(rule, Syntax.OSREGEX, Host(facts_of())).outcome is Outcome.UNKNOWN


def test_a_check_without_rules_does_not_apply():
    check = Check(id="1", title="T", condition=Condition.ALL, rules=(), place=Place("p"))
    policy = Policy(id="p", name="P", file="p", description="", manner=Manner.SCA, checks=(check,), place=Place("p"))

    assert judge(policy, facts_of()).findings[0].status is Status.NOT_APPLICABLE


@pytest.mark.parametrize("kind", [TermKind.REGEX, TermKind.NUMBER])
def test_a_pattern_that_is_refused_when_it_is_first_run_is_not_known(monkeypatch, kind):
    def refuse(*_):
        raise PatternRefused("too late")

    monkeypatch.setattr(Pattern, "_engine", refuse)
    term = Term(kind=kind, text=r"refused (late)\s\S+", operator="<", number=4)

    assert terms_of((term,), Syntax.OSREGEX).value("refused late x") == UNKNOWN


def test_the_name_of_a_file_beyond_our_limits_is_not_known():
    name = Term(kind=TermKind.REGEX, text="a" * 40_000)
    rule = PolicyRule(text="d:/d", target=Target.DIRECTORY, locations=("/d",), name=name)

    found = sca_result(rule, Syntax.OSREGEX, Host(facts_of(dirs={"/d": ("/d/a",)})))

    assert found.outcome is Outcome.UNKNOWN


def test_one_unknown_line_does_not_hide_a_line_that_is_found():
    term = Term(kind=TermKind.LITERAL, text="b")
    late = Term(kind=TermKind.REGEX, text=r"(a)\1", negate=True)

    assert terms_of((term, late), Syntax.PCRE2).value("a") == 0
    assert terms_of((term, late), Syntax.PCRE2).value("b") == UNKNOWN


def test_a_rule_without_a_name_wants_no_files_by_name():
    rule = PolicyRule(text="d:/d", target=Target.DIRECTORY, locations=("/d",))

    assert list(named_entries(rule, Answer(state=State.OK, entries=("/d/a",)), Manner.SCA)) == []
