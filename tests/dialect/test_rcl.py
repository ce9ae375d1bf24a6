"""Rootcheck lists."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.dialect.rcl import read_rcl
from ospatrol.dialect.sca_problem import Effect
from ospatrol.model.pattern import Syntax
from ospatrol.model.policy import Condition, Manner, Target, Term, TermKind

LIST = r"""# a comment
$dirs=/a,/b;
$file=/etc/x;

[CIS - 1.1 - Root {CIS: 1.1 Debian, 1.2} {PCI_DSS: 2.2.4}] [any] [http://x/y.pdf]
f:$file -> !r:^# && r:root;
  d:$dirs -> r:^x -> =:yes;  trailing
[CIS - 1.1 - Root {CIS: 1.3}] [all required] []
!f:!/etc/y;
p:x -> y;
r:HKLM\X -> Name -> 1;
"""


def test_entries_become_checks():
    first, second = read_rcl(LIST, "rules/cis_x_rcl.txt").policy.checks

    assert (first.id, second.id) == ("cis-1.1-root", "cis-1.1-root-2")
    assert (first.condition, first.found_is_bad, first.ends_file) == (Condition.ANY, True, False)
    assert (second.condition, second.found_is_bad, second.ends_file) == (Condition.ALL, False, True)
    assert first.compliance == {"cis": ("1.1 Debian", "1.2"), "pci_dss": ("2.2.4",)}
    assert (first.references, second.references) == (("http://x/y.pdf",), ())
    assert (first.syntax, str(first.place)) == (Syntax.OSSEC_REGEX, "rules/cis_x_rcl.txt:5")


def test_a_list_is_a_policy_named_by_its_file():
    found = read_rcl(LIST, "rules/cis_x_rcl.txt")

    assert (found.policy.id, found.policy.file, found.policy.manner) == ("cis_x_rcl", "cis_x_rcl.txt", Manner.RCL)
    assert found.problems == ()


def test_rules_are_taken_apart():
    first, second = read_rcl(LIST, "x").policy.checks

    assert first.rules[0].locations == ("/etc/x",)
    assert first.rules[0].terms == (
        Term(kind=TermKind.REGEX, text="^#", negate=True),
        Term(kind=TermKind.REGEX, text="root"),
    )
    assert first.rules[1].locations == ("/a", "/b")
    assert first.rules[1].name == Term(kind=TermKind.REGEX, text="^x")
    assert first.rules[1].terms == (Term(kind=TermKind.LITERAL, text="yes"),)
    assert (second.rules[0].negate, second.rules[0].locations) == (True, ("/etc/y",))
    assert second.rules[1].terms == (Term(kind=TermKind.LITERAL, text="x -> y"),)
    assert (second.rules[2].target, second.rules[2].name.text) == (Target.REGISTRY, "Name")


def test_and_joins_only_while_it_is_the_first_blank():
    rules = read_rcl("[X] [any] []\nf:/a -> r:a && r:b c && r:d;\n", "x").policy.checks[0].rules

    assert [term.text for term in rules[0].terms] == ["a", "b c && r:d"]


@pytest.mark.parametrize(
    ("line", "word", "effect"),
    [
        ("f:/a", "no `;`", Effect.RULE_DEAD),
        ("x:/a;", "expected f:", Effect.RULE_DEAD),
        ("f:$nope;", "is not known", Effect.RULE_DEAD),
        ("d:/a;", "name of a file", Effect.RULE_DEAD),
        ("$late=/a;", "expected f:", Effect.RULE_DEAD),
        ("[X] [sometimes] []", "unknown condition", Effect.CHECK_SKIPPED),
        ("[X] [any]", "expected `[name]", Effect.CHECK_SKIPPED),
    ],
)
def test_a_mistake_is_told_with_its_line(line, word, effect):
    found = read_rcl(f"[A] [any] []\nf:/a;\n{line}\nf:/b;\n", "x.txt")

    assert word in found.problems[0].problem
    assert (str(found.problems[0].place), found.problems[0].effect) == ("x.txt:3", effect)
    assert len(found.policy.checks) == 1


def test_an_entry_without_rules_counts_and_is_told():
    found = read_rcl("[A] [any] []\n[B] [any] []\nf:/a;\n", "x")

    assert [(check.title, len(check.rules)) for check in found.policy.checks] == [("A", 0), ("B", 1)]
    assert found.problems[0].effect is Effect.NEVER_APPLIES


def test_the_name_of_a_file_is_not_turned_round():
    rules = read_rcl("[X] [any] []\nd:/a -> !f:x;\nd:/a -> r:!x;\n", "x").policy.checks[0].rules

    assert rules[0].name == Term(kind=TermKind.LITERAL, text="!f:x")
    assert rules[1].name == Term(kind=TermKind.REGEX, text="!x")


@pytest.mark.parametrize("text", ["", "f:/a;\n", "$x=1\n", "[A] [any] []\n"])
def test_a_file_without_entries_is_no_policy(text):
    found = read_rcl(text, "x")

    assert found.policy is None
    assert found.problems[-1].effect is Effect.POLICY_SKIPPED


def test_names_are_text_and_patterns_are_bytes():
    text = "[Größe] [any] []\nf:/größe -> größe;\n"

    of_utf8 = read_rcl(text, "x").policy.checks[0]
    of_latin = read_rcl(text.encode("latin-1").decode("utf-8", "surrogateescape"), "x").policy.checks[0]

    assert (of_utf8.title, of_utf8.rules[0].locations) == ("Größe", ("/größe",))
    assert (of_latin.title, of_latin.rules[0].locations) == ("Größe", ("/größe",))
    assert of_utf8.rules[0].terms[0].text == "größe".encode().decode("latin-1")
    assert of_latin.rules[0].terms[0].text == "größe"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("cis_rhel_linux_rcl.txt", "System Audit"),
        ("win_audit_rcl.txt", "Windows Audit"),
        ("win_malware_rcl.txt", "Windows Malware"),
        ("win_applications_rcl.txt", "Application Found"),
    ],
)
def test_the_file_says_with_what_words_ossec_reports(path, kind):
    assert read_rcl(LIST, path).policy.description == kind


PIECES = st.sampled_from(
    [*LIST.split("\n"), "f:", "d:", ";", " -> ", "!", "$dirs", "[", "] [any] []", "\ud800", "\udc80"]
)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES).map("\n".join), st.lists(PIECES).map("".join)))
def test_no_text_whatever_raises(text):
    found = read_rcl(text, "x")

    assert found.policy is not None or found.problems
