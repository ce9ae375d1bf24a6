"""Wazuh's and native policy files: what is read, what is skipped, and what is told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.dialect.sca import read_sca
from ospatrol.dialect.sca_problem import Effect, doubled_ids
from ospatrol.model.assertion import Operator
from ospatrol.model.pattern import Syntax
from ospatrol.model.policy import Condition, Manner, Severity, Target, Term, TermKind

GOOD = r"""policy:
  id: cis_x
  file: cis_x.yml
  name: CIS X
  description: All of it.
  references: [https://example.org]
requirements:
  title: It is X.
  description: D
  condition: any required
  rules: ["f:/etc/x"]
variables:
  $ssh: /etc/ssh/sshd_config
  $ssh_dir: /etc/ssh/sshd_config.d
checks:
  - id: 100
    title: Root.
    description: What
    rationale: Why
    remediation: How
    impact: Ow
    references: [a, b]
    compliance:
      - cis: ["5.2.7", 6.1]
      - pci_dss: ["2.2"]
      - cis: ["5.2.8"]
    condition: all
    rules:
      - 'not f:$ssh,/b -> !r:^# && n:max\s+(\d+) compare <= 4 && yes'
      - "d:$ssh_dir -> r:conf$ -> r:$ssh"
  - id: 101
    title: Two.
    condition: none
    regex_type: pcre2
    rules: ["c:echo $ssh -> r:x", "p:$ssh -> b", 'r:HKLM\X,Y -> Name -> 1']
"""
NATIVE = (
    GOOD.replace("6.1]", "'6.1']")
    .replace("  references: [https", "  platforms: [Debian, ubuntu]\n  references: [https")
    .replace("    title: Two.", "    title: Two.\n    severity: high\n    snippet: chmod 600 x\n    platforms: debian")
)


def term(kind, text, **options):
    return Term(kind=kind, text=text, **options)


def effects(text, **options):
    return [problem.effect for problem in read_sca(text, "x.yml", **options).problems]


def test_a_policy_says_what_its_file_says():
    policy = read_sca(GOOD, "x.yml").policy

    assert (policy.id, policy.file, policy.name, policy.description) == ("cis_x", "cis_x.yml", "CIS X", "All of it.")
    assert policy.manner is Manner.SCA
    assert policy.references == ("https://example.org",)
    assert policy.requirement.condition is Condition.ANY
    assert str(policy.requirement.rules[0].place) == "x.yml:11"


def test_a_check_says_what_the_file_says():
    check = read_sca(GOOD, "x.yml").policy.checks[0]

    assert (check.id, check.title, check.condition, str(check.place)) == ("100", "Root.", Condition.ALL, "x.yml:16")
    assert (check.description, check.rationale, check.remediation, check.impact) == ("What", "Why", "How", "Ow")
    assert check.compliance == {"cis": ("5.2.7", "6.1", "5.2.8"), "pci_dss": ("2.2",)}
    assert check.references == ("a", "b")
    assert (check.severity, check.syntax) == (Severity.MEDIUM, Syntax.OSREGEX)


def test_a_rule_is_taken_apart():
    rules = read_sca(GOOD, "x.yml").policy.checks[0].rules

    assert (rules[0].target, rules[0].negate) == (Target.FILE, True)
    assert rules[0].locations == ("/etc/ssh/sshd_config", "/b")
    assert rules[0].terms == (
        term(TermKind.REGEX, "^#", negate=True),
        term(TermKind.NUMBER, r"max\s+(\d+)", operator=Operator.LESS_OR_EQUAL, number=4),
        term(TermKind.LITERAL, "yes"),
    )


def test_variables_are_filled_in_by_the_longest_name_and_only_in_front_of_the_arrow():
    rules = read_sca(GOOD, "x.yml").policy.checks[0].rules

    assert rules[1].locations == ("/etc/ssh/sshd_config.d",)
    assert rules[1].name == term(TermKind.REGEX, "conf$")
    assert rules[1].terms == (term(TermKind.REGEX, "$ssh"),)


def test_a_command_is_not_split_at_commas_nor_a_process_at_arrows():
    command, process, registry = read_sca(GOOD, "x.yml").policy.checks[1].rules

    assert command.locations == ("echo /etc/ssh/sshd_config",)
    assert process.terms == (term(TermKind.LITERAL, "/etc/ssh/sshd_config -> b"),)
    assert registry.locations == (r"HKLM\X,Y",)
    assert (registry.name.text, registry.terms[0].text) == ("Name", "1")


def test_the_syntax_is_the_checks_else_the_policys_else_what_the_caller_says():
    of_check = read_sca(GOOD, "x.yml").policy.checks
    of_policy = read_sca(GOOD.replace("  file:", "  regex_type: osmatch\n  file:"), "x.yml").policy.checks
    of_caller = read_sca(GOOD, "x.yml", syntax=Syntax.OSSEC_PCRE2).policy.checks

    assert [check.syntax for check in of_check] == [Syntax.OSREGEX, Syntax.PCRE2]
    assert [check.syntax for check in of_policy] == [Syntax.OSMATCH, Syntax.PCRE2]
    assert [check.syntax for check in of_caller] == [Syntax.OSSEC_PCRE2, Syntax.PCRE2]


def rules_of(count):
    return "\n".join(f'      - "f:/{number}"' for number in range(count))


@pytest.mark.parametrize(
    ("was", "now", "line"),
    [
        ("  id: cis_x\n", "", 2),
        ("  name: CIS X", "  name: 5", 4),
        ("  file: cis_x.yml\n", "", 2),
        ("  description: All of it.\n", "", 2),
        ("  description: All of it.", "  description: [a]", 5),
        ("  description: D\n", "", 8),
        ("policy:\n", "polic:\n", 1),
        ("checks:\n", "check:\n", 1),
        ("- id: 100", "- id: a100", 16),
        ("- id: 100", "- idd: 100", 16),
        ("- id: 100", "- id: true", 16),
        ("- id: 101", "- id: 100", 31),
        ('"f:/etc/x"', "5", 11),
        ('["c:echo $ssh -> r:x"', "[[]", 35),
        ('["c:echo $ssh -> r:x"', '["x:echo"', 35),
        ('["c:echo $ssh -> r:x"', '["f/echo"', 35),
        ('["c:echo $ssh -> r:x"', '["not:/echo"', 35),
        ("condition: any required", "condition: some", 10),
        ("  title: It is X.\n", "", 8),
        ('  rules: ["f:/etc/x"]\n', "", 8),
        ("$ssh:", "ssh:", 13),
        ("$ssh: /etc/ssh/sshd_config\n", "$ssh: [a]\n", 13),
        ("$ssh: /etc/ssh/sshd_config\n", "$ssh: " + "x" * 70_000 + "\n", 29),
        ("requirements:\n", "requirements: 5\nrequirement:\n", 7),
        ("variables:\n", "variables: 5\nvariable:\n", 12),
        ("    title: Two.\n", "    title: [\n", 34),
    ],
)
def test_what_costs_the_whole_policy(was, now, line):
    assert was in GOOD

    found = read_sca(GOOD.replace(was, now), "x.yml")

    assert found.policy is None
    assert found.problems[0].effect is Effect.POLICY_SKIPPED
    assert line in {problem.place.line for problem in found.problems}


@pytest.mark.parametrize(
    "text", ["", "5", "- a\n", "policy: 5\nchecks: 5\n", "policy: {}\nchecks: [5]\n", "\x00", "a: &a [*a]"]
)
def test_what_is_no_policy_is_skipped(text):
    found = read_sca(text, "x.yml")

    assert found.policy is None
    assert found.problems


@pytest.mark.parametrize(("count", "kept"), [(0, False), (1, True), (255, True), (256, False)])
def test_a_check_has_1_to_255_rules(count, kept):
    head, _, _ = GOOD.partition("  - id: 100")
    rules = rules_of(count) if count else "      []"

    found = read_sca(f"{head}  - id: 1\n    title: T\n    condition: all\n    rules:\n{rules}\n", "x.yml")

    assert (found.policy is not None) is kept


@pytest.mark.parametrize(
    ("was", "now"),
    [("    title: Two.\n", ""), ("    condition: none\n", ""), ("condition: none", "condition: maybe")],
)
def test_what_costs_only_the_check(was, now):
    found = read_sca(GOOD.replace(was, now), "x.yml")

    assert [check.id for check in found.policy.checks] == ["100"]
    assert [problem.effect for problem in found.problems] == [Effect.CHECK_SKIPPED]


@pytest.mark.parametrize(
    ("was", "now", "word"),
    [
        ("r:^#", "r:(", "not closed"),
        (" compare <= 4", " <= 4", "no comparison"),
        (" compare <= 4", " compare 4", "no comparison"),
        ("r:conf$", "r:(", "not closed"),
        ("c:echo $ssh -> r:x", "c:echo $ssh-> r:x", "without a blank"),
        ("not f:$ssh,/b -> !r", "not f:$ssh,/b ->!r", "without a blank"),
    ],
)
def test_what_cannot_work_is_told_and_kept(was, now, word):
    found = read_sca(GOOD.replace(was, now), "x.yml")

    assert found.policy is not None
    assert found.problems[0].effect is Effect.RULE_DEAD
    assert word in str(found.problems[0])
    assert str(found.problems[0].error()) == str(found.problems[0])


@pytest.mark.parametrize(
    ("was", "now", "line"),
    [
        ("    title: Two.\n", "    title: Two.\n    title: One.\n", 33),
        ("  name: CIS X\n", "  name: CIS X\n  name: Y\n", 5),
        ("    condition: none\n", "    condition: none\n    references: a\n    references: b\n", 35),
    ],
)
def test_a_key_that_stands_twice_costs_nothing_in_a_file_of_wazuhs(was, now, line):
    found = read_sca(GOOD.replace(was, now), "x.yml")

    assert found.policy.name == "CIS X"
    assert [check.title for check in found.policy.checks] == ["Root.", "Two."]
    assert [len(check.rules) for check in found.policy.checks] == [2, 3]
    assert [(each.effect, each.place.line) for each in found.problems] == [(Effect.IGNORED, line)]
    assert read_sca(NATIVE.replace(was, now), "x.yml").policy is None


@pytest.mark.parametrize("empty", ["", " ''", " null"])
def test_a_description_may_be_empty_in_a_file_of_wazuhs(empty):
    text = GOOD.replace("  description: All of it.", f"  description:{empty}")
    text = text.replace("  description: D\n", f"  description:{empty}\n")

    found = read_sca(text, "x.yml")

    assert (found.policy.description, found.policy.requirement.description) == ("", "")
    assert read_sca(NATIVE.replace("  description: D\n", f"  description:{empty}\n"), "x.yml").policy is None


def test_a_title_may_be_a_number():
    assert read_sca(GOOD.replace("title: Two.", "title: 5.2"), "x.yml").policy.checks[1].title == "5.2"


def test_an_unknown_regex_type_is_ignored():
    found = read_sca(GOOD.replace("pcre2", "pcre"), "x.yml")

    assert found.policy.checks[1].syntax is Syntax.OSREGEX
    assert "did you mean 'pcre2'" in found.problems[0].problem


def test_unknown_keys_are_nobodys_business_in_a_file_of_wazuhs():
    assert effects(GOOD.replace("    title: Two.", "    title: Two.\n    metadata: 5")) == []


def test_a_file_with_keys_of_ours_is_native():
    policy = read_sca(NATIVE, "x.yml").policy
    check = policy.checks[1]

    assert (policy.manner, policy.platforms) == (Manner.NATIVE, ("debian", "ubuntu"))
    assert (check.severity, check.snippet, check.platforms) == (Severity.HIGH, "chmod 600 x", ("debian",))


def test_a_native_file_can_be_read_as_wazuhs_and_the_other_way_round():
    ours = read_sca(NATIVE, "x.yml").policy
    theirs = read_sca(NATIVE, "x.yml", manner=Manner.SCA).policy

    assert theirs.manner is Manner.SCA
    assert [check.rules for check in ours.checks] == [check.rules for check in theirs.checks]
    assert read_sca(GOOD.replace("6.1]", "'6.1']"), "x.yml", manner=Manner.NATIVE).policy.manner is Manner.NATIVE


def test_ids_of_a_native_check_may_be_texts():
    policy = read_sca(NATIVE.replace("id: 101", "id: root-login"), "x.yml").policy

    assert policy.checks[1].id == "root-login"


@pytest.mark.parametrize(
    ("was", "now", "word"),
    [
        ("severity: high", "severity: hihg", "did you mean 'high'"),
        ("severity: high", "severty: high", "did you mean 'severity'"),
        ("    impact: Ow", "    impct: Ow", "did you mean 'impact'"),
        ("  references: [https", "  reference: [https", "did you mean 'references'"),
        ("variables:\n", "variable: 5\nvariables:\n", "did you mean 'variables'"),
        ("r:^#", "r:(", "not closed"),
        (" compare <= 4", " <= 4", "no comparison"),
        ("compare <= 4", "compare =< 4", "as equality"),
        ("compare <= 4", "compare < -4", "no minus sign"),
        ("f:$ssh,", "f:$shh,", "'$shh' is not known"),
        ("f:$ssh,/b", "f:$ssh, /b", "blanks around"),
        ("f:$ssh,", "file:$ssh,", "write one of"),
        ("impact: Ow", "impact: [Ow]", "expected a text"),
        ("references: [a, b]", "references: [[a], b]", "expected a list of texts"),
        ('- pci_dss: ["2.2"]', "- pci_dss", "compliance: expected"),
        ('- pci_dss: ["2.2"]', "- pci_dss: [2.2]", "numbers in quotes"),
        ("regex_type: pcre2", "regex_type: pcre", "did you mean 'pcre2'"),
        ("id: 101", "id: []", "no id"),
    ],
)
def test_a_native_file_is_used_whole_or_not_at_all(was, now, word):
    assert was in NATIVE

    found = read_sca(NATIVE.replace(was, now), "x.yml")

    assert found.policy is None
    assert any(word in str(problem) for problem in found.problems)


def test_texts_are_text_and_patterns_are_bytes():
    text = GOOD.replace("Two.", "Größe").replace("r:x", "r:ö")

    check = read_sca(text, "x.yml").policy.checks[1]

    assert check.title == "Größe"
    assert check.rules[0].terms[0].text == "ö".encode().decode("latin-1")


def test_a_file_that_is_no_utf_8_is_latin_1():
    raw = GOOD.replace("Two.", "Größe").replace("r:x", "r:ö").encode("latin-1")

    check = read_sca(raw.decode("utf-8", "surrogateescape"), "x.yml").policy.checks[1]

    assert check.title == "Größe"
    assert check.rules[0].terms[0].text == "ö"


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_of_an_editor_that_writes_utf_16_is_read(codec):
    content = ("\ufeff" * (codec != "utf-16") + GOOD.replace("Two.", "Größe €")).encode(codec)

    found = read_sca(content.decode("utf-8", "surrogateescape"), "x.yml")

    assert found.policy.checks[1].title == "Größe €"


def test_what_only_begins_like_utf_16_is_no_policy():
    assert read_sca("\udcff\udcfe\ud800", "x.yml").policy is None


def test_ids_that_stand_in_two_policies_are_told():
    one = read_sca(GOOD, "x.yml").policy
    two = read_sca(GOOD.replace("id: cis_x", "id: cis_y"), "y.yml").policy
    ours = read_sca(NATIVE.replace("id: cis_x", "id: own"), "z.yml").policy

    found = doubled_ids([one, two, ours, one, read_sca(GOOD, "w.yml").policy])

    assert [(str(problem.place), problem.effect) for problem in found] == [
        ("y.yml:16", Effect.IGNORED),
        ("w.yml:2", Effect.POLICY_SKIPPED),
    ]


PIECES = st.sampled_from(
    [
        *GOOD.split("\n"),
        *NATIVE.split("\n"),
        "not f:",
        " -> ",
        " && ",
        "n:",
        " compare ",
        "!",
        "r:(",
        "d:a -> ",
        "\ud800",
        "$",
        "'",
    ]
)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES).map("\n".join), st.lists(st.one_of(PIECES, st.text())).map(" ".join)))
def test_no_text_whatever_raises(text):
    found = read_sca(text, "x.yml")

    assert found.policy is not None or found.problems


RULES = st.lists(
    st.sampled_from(
        [
            "not ",
            "f:",
            "d:",
            "c:",
            "p:",
            "r:",
            "/a",
            ",",
            " -> ",
            " && ",
            "!",
            "n:",
            "(\\d+)",
            " compare ",
            "<=",
            "4",
            "$x",
            "x",
        ]
    ),
    min_size=1,
).map("".join)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(RULES)
def test_no_rule_whatever_raises(rule):
    from ospatrol.dialect.sca_rule import RuleRefused, read_rule
    from ospatrol.model.place import Place

    try:
        read = read_rule(rule, Place("x", 1), {"$x": "$xx", "$": "$x"})
    except RuleRefused:
        return
    assert read.text == rule
    assert read.locations
