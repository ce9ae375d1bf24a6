"""Verdicts of SCA policies, quirk by quirk, and what becomes of what a host did not say."""

import msgspec
import pytest

from ospatrol.comply.judge import judge
from ospatrol.model.facts import Answer, State
from ospatrol.model.pattern import Syntax
from ospatrol.model.policy import Status
from tests.comply.conftest import facts_of, policy_of, quoted

NA, NOT_ASSESSED = "not applicable", "not assessed"
UNSAID = [State.NO_PERMISSION, State.NOT_ASKED, State.TIMEOUT, State.NOT_ALLOWED, State.NOT_FOUND]


@pytest.mark.parametrize(
    ("rule", "files", "expected"),
    [
        ("f:/a", {"/a": "x"}, "pass"),
        ("f:/a", {"/a": State.MISSING}, "fail"),
        ("not f:/a", {"/a": State.MISSING}, "pass"),
        ("NOT f:/a", {"/a": State.MISSING}, "pass"),
        ("f:/a", {"/a": State.OTHER_KIND}, NA),
        ("not f:/a", {"/a": State.OTHER_KIND}, NA),
        ("f:/a,/b", {"/a": State.MISSING, "/b": "x"}, "pass"),
        ("f:/a,/b", {"/a": State.OTHER_KIND, "/b": "x"}, "pass"),
        ("f:/a,/b", {"/a": State.OTHER_KIND, "/b": State.MISSING}, NA),
        ("f:/a, /b", {"/a": State.MISSING, " /b": "x"}, "pass"),
        ("f:/a", {"/a": Answer(state=State.CUT, content="x")}, "pass"),
    ],
)
def test_a_file_is_there_or_not(status_of, rule, files, expected):
    assert status_of(rule, files=files) == expected


@pytest.mark.parametrize(
    ("rule", "content", "expected"),
    [
        ("f:/a -> yes", "no\nYES\n", "pass"),
        ("f:/a -> yes", "yes no\n", "fail"),
        ("f:/a -> r:^port", "Port 22\r\n", "pass"),
        ("f:/a -> r:port$", "the port\r\n", "pass"),
        ("f:/a -> !r:^#", "", "fail"),
        ("f:/a -> !r:^# && r:root", "# root\n", "fail"),
        ("f:/a -> !r:^# && r:root", "# root\nroot\n", "pass"),
        ("not f:/a -> !r:^# && r:root", "# root\n", "pass"),
        ("f:/a -> r:a &&  r:b", "a b\n", "fail"),
        ("f:/a -> r:(", "(\n", "fail"),
        ("f:/a -> !r:(", "(\n", "pass"),
        ("f:/a -> n:( compare > 1", "(\n", NA),
        ("f:/a -> n:x(\\d+) compare > 4", "x5\n", "pass"),
        ("f:/a -> n:x(\\d+) compare > 5", "x5\n", "fail"),
        ("f:/a -> n:x(\\d+) compare => 5", "x5\n", "pass"),
        ("f:/a -> n:x(\\d+) compare => 4", "x5\n", "fail"),
        ("f:/a -> n:x(\\d+) compare =< 6", "x5\n", "fail"),
        ("f:/a -> n:x(\\d+) compare = 5", "x5\n", "pass"),
        ("f:/a -> n:x(\\d+) compare != 5", "x5\n", "fail"),
        ('f:/a -> n:x(\\d+) compare <= 5" ', "x5\n", "pass"),
        ("f:/a -> n:x(\\d+) compare <=5", "x5\n", "pass"),
        ("f:/a -> n:x(\\S+) compare < -6", "x5\n", "pass"),
        ("f:/a -> n:x(\\S+) compare < 1", "x-5\n", "pass"),
        ("f:/a -> n:x(\\S+) compare < 9", "x5abc\n", "pass"),
        ("f:/a -> n:x(\\S+) compare < 9", "xabc\n", NA),
        ("f:/a -> n:x\\d+ compare < 9", "x5\n", NA),
        ("f:/a -> n:x(\\d+) compare 9", "x5\n", NA),
        ("f:/a -> n:x(\\d+) compare 9", "y5\n", "fail"),
        ("f:/a -> n:x(\\d+) compare > many", "x5\n", NA),
        ("f:/a -> n:x(\\d+) compare many", "y5\n", "fail"),
        ("f:/a -> n:x(\\d+) > 4", "y\n", NA),
        ("f:/a -> !n:x(\\d+) > 4", "x5\n", "fail"),
        ("f:/a -> !n:x(\\d+) compare > 4", "x3\n", "pass"),
        ("f:/a -> n:x(\\d+) compare > 99999999999999999999999", "x99999999999999999999999999\n", "fail"),
        ("f:/a -> n:x(\\S+) compare > 4 && r:y", "xz\nx5 y\n", "pass"),
        ("f:/a -> n:x(\\S+) compare > 4", "xz\nx5\n", NA),
        ("not f:/a -> n:x(\\S+) compare > 4", "xz\nx5\n", NA),
    ],
)
def test_the_first_line_of_a_file_that_is_not_nothing_decides(status_of, rule, content, expected):
    assert status_of(rule, files={"/a": content}) == expected


def test_what_has_an_empty_name_is_missing(status_of):
    assert status_of("f:/a,", files={"/a": State.MISSING}) == "fail"
    assert status_of("d:") == "fail"
    assert status_of("c: -> r:x") == NOT_ASSESSED


def test_a_missing_file_is_not_found_for_existence_but_not_applicable_for_content(status_of, finding_of):
    gone = {"/a": State.MISSING}

    assert status_of("f:/a", files=gone) == "fail"
    assert status_of("f:/a -> r:x", files=gone) == NA
    assert status_of("not f:/a -> r:x", files=gone) == NA
    assert finding_of("f:/a -> r:x", files=gone).reason == "missing: /a"


def test_a_file_that_is_missing_does_not_hide_the_next_of_a_list(status_of):
    assert status_of("f:/a,/b -> r:x", files={"/a": State.MISSING, "/b": "x\n"}) == "pass"
    assert status_of("f:/a,/b -> r:x", files={"/a": State.MISSING, "/b": "y\n"}) == NA


def test_a_line_of_a_file_is_at_most_2047_bytes(status_of):
    content = "a" * 2047 + "b" * 10 + "\n"

    assert status_of("f:/a -> r:ab", files={"/a": content}) == "fail"
    assert status_of("f:/a -> r:^bbbbbbbbbb$", files={"/a": content}) == "pass"


@pytest.mark.parametrize(
    ("rule", "answer", "expected"),
    [
        ("c:x", State.NOT_ASKED, "pass"),
        ("not c:x", State.NOT_ASKED, "fail"),
        ("c:x -> r:b", "a\nb\nc\n", "pass"),
        ("c:x -> r:d", "a\n", "fail"),
        ("not c:x -> r:d", "a\n", "pass"),
        ("c:x -> !r:a", "a\n", "pass"),
        ("c:x -> !r:a", "a", "fail"),
        ("c:x -> !r:a", "", "pass"),
        ("c:x -> r:^$", "", "pass"),
        ("c:x -> r:a\\.\\.b", "a\\\nb\n", "pass"),
        ("c:x -> r:a\\.b", "a\nb\n", "fail"),
        ("c:x -> n:v(\\S+) compare > 1", "vx\n", "fail"),
        ("c:x -> n:v(\\S+) compare > 1", "a\nvx", NA),
        ("c:x -> !n:v(\\S+) compare > 1", "vx", "fail"),
        ("c:x -> r:b", Answer(state=State.OK, content="b\n", status=1), "pass"),
        ("c:x -> r:b", Answer(state=State.OK, content="b\n", status=126), "pass"),
        ("c:x -> r:b", Answer(state=State.OK, content="b\n", status=127), NOT_ASSESSED),
        ("not c:x -> r:b", State.NOT_FOUND, NOT_ASSESSED),
        ("c:x -> r:b", State.TIMEOUT, NOT_ASSESSED),
        ("c:x -> r:b", Answer(state=State.OK, content="b\n"), "pass"),
        ("c:x -> r:c", Answer(state=State.OK, content="b\n"), NOT_ASSESSED),
    ],
)
def test_a_command_is_judged_by_its_lines_and_not_by_its_status(status_of, rule, answer, expected):
    assert status_of(rule, commands={"x": answer}) == expected


def test_the_last_of_256_pieces_keeps_the_rest_of_an_output(status_of):
    output = "a\n" * 255 + "b\nc\n"

    assert status_of("c:x -> r:^c", commands={"x": output}) == "fail"
    assert status_of("c:x -> r:^b\\.c", commands={"x": output}) == "pass"
    assert status_of("c:x -> r:^c", commands={"x": output[2:]}) == "pass"


def test_backslashes_join_the_lines_of_an_output_beyond_the_limit_too(status_of):
    output = "a\\\n" * 300 + "\n" + "b\n" * 300

    assert status_of("c:x -> r:^b$", commands={"x": output}) == "pass"
    assert status_of("c:x -> r:^a$", commands={"x": output}) == "fail"


@pytest.mark.parametrize(
    ("rule", "dirs", "files", "expected"),
    [
        ("d:/d", {"/d": ()}, {}, "pass"),
        ("d:/d", {"/d": State.MISSING}, {}, "fail"),
        ("d:/d", {"/d": State.OTHER_KIND}, {}, NA),
        ("d:/d,/e", {"/d": State.MISSING, "/e": ()}, {}, "pass"),
        ("d:/d -> a", {"/d": ("/d/sub/xay",)}, {}, "pass"),
        ("d:/d -> ^a$", {"/d": ("/d/sub/xay",)}, {}, "fail"),
        ("d:/d -> r:\\.conf$", {"/d": ("/d/x.CONF",)}, {}, "pass"),
        ("d:/d -> r:(", {"/d": ("/d/x",)}, {}, "fail"),
        ("d:/d -> a", {"/d": State.MISSING}, {}, NA),
        ("not d:/d -> a", {"/d": State.OTHER_KIND}, {}, NA),
        ("d:/d -> a", {"/d": ()}, {}, "fail"),
        ("d:/d -> a", {"/d": ("/d/a",)}, {"/d/a": State.OTHER_KIND}, NA),
        ("d:/d -> a", {"/d": ("/d/a",)}, {"/d/a": State.MISSING}, "fail"),
        ("d:/d -> a -> r:x", {"/d": ("/d/a", "/d/b")}, {"/d/a": "x\n"}, "pass"),
        ("d:/d -> a -> r:x", {"/d": ("/d/a", "/d/b")}, {"/d/a": "y\n", "/d/b": "x\n"}, "fail"),
        ("d:/d -> a -> r:x", {"/d": ("/d/a1", "/d/a2")}, {"/d/a1": State.OTHER_KIND, "/d/a2": "x"}, "pass"),
        ("d:/d -> a -> r:x", {"/d": ("/d/a1", "/d/a2")}, {"/d/a1": State.OTHER_KIND, "/d/a2": "y"}, NA),
        ("d:/d -> a -> r:x", {"/d": ("/d/a1", "/d/a2")}, {"/d/a2": "y"}, NOT_ASSESSED),
        ("d:/d -> a -> r:x", {"/d": ("/d/a1", "/d/a2")}, {"/d/a2": "x"}, "pass"),
        ("d:/d -> a", {"/d": Answer(state=State.CUT, entries=("/d/b",))}, {}, NOT_ASSESSED),
        ("d:/d -> a", {"/d": Answer(state=State.CUT, entries=("/d/a",))}, {}, "pass"),
        ("d:/d", {"/d": Answer(state=State.CUT)}, {}, "pass"),
        ("d:/d", {"/d": Answer(state=State.NO_PERMISSION)}, {}, NOT_ASSESSED),
        ("d:/d", {"/d": Answer(state=State.NO_PERMISSION, entries=("/d/b",))}, {}, "pass"),
        ("d:/d -> b", {"/d": Answer(state=State.NO_PERMISSION, entries=("/d/b",))}, {"/d/b": ""}, "pass"),
        ("not d:/d -> a", {"/d": Answer(state=State.TIMEOUT, entries=("/d/b",))}, {}, NOT_ASSESSED),
        ("d:/d -> b -> r:x", {"/d": Answer(state=State.TIMEOUT, entries=("/d/b",))}, {"/d/b": "x"}, "pass"),
        ("not d:/d -> b -> r:y", {"/d": Answer(state=State.TIMEOUT, entries=("/d/b",))}, {"/d/b": "x"}, NOT_ASSESSED),
        ("d:/d -> a", {"/d": ("/d/a1", "/d/a2")}, {"/d/a1": State.OTHER_KIND, "/d/a2": ""}, "pass"),
        ("d:/d -> a", {"/d": ("/d/a1", "/d/a2")}, {"/d/a1": State.OTHER_KIND}, NOT_ASSESSED),
        ("d:/d -> a", {"/d": ("/d/a",)}, {"/d/a": State.NOT_ASKED}, NOT_ASSESSED),
        ("not d:/d -> a", {"/d": ("/d/a",)}, {"/d/a": State.NO_PERMISSION}, NOT_ASSESSED),
    ],
)
def test_a_directory_is_searched_for_names_and_their_lines(status_of, rule, dirs, files, expected):
    assert status_of(rule, dirs=dirs, files=files) == expected


@pytest.mark.parametrize(
    ("rule", "processes", "expected"),
    [
        ("p:/usr/sbin/sshd", "/sbin/init\n/usr/sbin/sshd -D\n", "pass"),
        ("p:sshd", "/usr/sbin/sshd -D\n", "fail"),
        ("p:r:sshd$", "/usr/sbin/sshd -D\n", "pass"),
        ("p:r:-D", "/usr/sbin/sshd -D\n", "fail"),
        ("not p:telnetd", "/usr/sbin/sshd -D\n", "pass"),
        ("not p:telnetd", "", "pass"),
        ("p:n:ssh(\\S+) compare > 3", "/usr/sbin/sshd\n", "pass"),
        ("p:a -> b", "a\n", "fail"),
        ("p:a", State.NO_PERMISSION, NOT_ASSESSED),
        ("p:a", Answer(state=State.CUT, content="a x\nb"), "pass"),
        ("not p:a", Answer(state=State.CUT, content="b x\na"), NOT_ASSESSED),
    ],
)
def test_a_process_is_known_by_its_path_and_an_invalid_one_counts_as_found(status_of, rule, processes, expected):
    assert status_of(rule, processes=processes) == expected


F, N, J, U = "f:/found", "f:/none", "f:/folder", "f:/secret"
FOUR = {"/found": "", "/none": State.MISSING, "/folder": State.OTHER_KIND, "/secret": State.NO_PERMISSION}


@pytest.mark.parametrize(
    ("condition", "rules", "expected"),
    [
        ("all", [F, F], "pass"),
        ("all", [F, N], "fail"),
        ("all", [J, N], "fail"),
        ("all", [J, F], NA),
        ("all", [F, J], NA),
        ("all", [U, N], "fail"),
        ("all", [U, F], NOT_ASSESSED),
        ("all", [U, J], NOT_ASSESSED),
        ("all", [J, U], NOT_ASSESSED),
        ("all required", [F, N], "fail"),
        ("any", [N, N], "fail"),
        ("any", [N, F], "pass"),
        ("any", [J, F], "pass"),
        ("any", [N, J], NA),
        ("any", [J, N], NA),
        ("any", [U, F], "pass"),
        ("any", [U, N], NOT_ASSESSED),
        ("any", [J, U], NOT_ASSESSED),
        ("any required", [N, F], "pass"),
        ("none", [N, N], "pass"),
        ("none", [N, F], "fail"),
        ("none", [J, F], "fail"),
        ("none", [N, J], NA),
        ("none", [U, F], "fail"),
        ("none", [U, N], NOT_ASSESSED),
    ],
)
def test_a_condition_is_decided_as_soon_as_nothing_can_change_it(status_of, condition, rules, expected):
    assert status_of(rules, condition, files=FOUR) == expected


@pytest.mark.parametrize("state", UNSAID)
@pytest.mark.parametrize("rule", ["f:/a", "not f:/a", "f:/a -> r:x", "d:/a", "d:/a -> x", "c:/a -> r:x", "p:x"])
def test_what_a_host_did_not_say_is_not_assessed_with_its_reason(finding_of, rule, state):
    said = {"/a": state}

    finding = finding_of(rule, files=said, dirs=said, commands=said, processes=state)

    assert finding.status is Status.NOT_ASSESSED
    assert finding.reason == state.value
    assert finding.evidence[0].outcome == "undecided"


def test_a_file_that_was_cut_decides_only_by_what_was_seen(status_of):
    cut = {"/a": Answer(state=State.CUT, content="x\npartial")}

    assert status_of("f:/a -> r:x", files=cut) == "pass"
    assert status_of("f:/a -> r:partial", files=cut) == NOT_ASSESSED
    assert status_of("not f:/a -> r:y", files=cut) == NOT_ASSESSED


def test_an_output_that_was_cut_decides_only_by_what_was_seen(status_of):
    cut = {"x": Answer(state=State.CUT, content="a\npartial", status=0)}

    assert status_of("c:x -> r:a", commands=cut) == "pass"
    assert status_of("c:x -> r:partial", commands=cut) == NOT_ASSESSED
    assert status_of("c:x -> !r:a", commands=cut) == NOT_ASSESSED


@pytest.mark.parametrize("rule", ["f:/a -> r:(a)\\1", "c:a -> r:(a)\\1", "p:r:(a)\\1", "f:/a -> n:(a)\\1 compare > 1"])
def test_a_pattern_beyond_bounded_time_is_not_assessed(rule):
    policy = policy_of(("all", [rule]), syntax=Syntax.PCRE2)
    said = {"files": {"/a": "aa\n"}, "commands": {"a": "aa\n"}, "processes": "aa\n"}

    finding = judge(policy, facts_of(**said)).findings[0]

    assert finding.status is Status.NOT_ASSESSED
    assert "bounded time" in finding.reason


def test_a_pattern_that_is_not_valid_is_not_found_in_every_syntax():
    policy = policy_of(("all", ["not f:/a -> r:[z"]), syntax=Syntax.PCRE2)

    finding = judge(policy, facts_of(files={"/a": "z\n"})).findings[0]

    assert finding.status is Status.PASS


def required(rule):
    head = "policy: {id: p, file: p.yml, name: P, description: D}\n"
    head += f"requirements: {{title: R, description: D, condition: all, rules: ['{rule}']}}\nchecks:\n"
    return head


@pytest.mark.parametrize(
    ("state", "status", "applies"),
    [
        ("x\n", Status.PASS, True),
        ("y\n", Status.NOT_APPLICABLE, False),
        (State.MISSING, Status.NOT_APPLICABLE, False),
        (State.NO_PERMISSION, Status.NOT_ASSESSED, True),
        (State.NOT_ASKED, Status.NOT_ASSESSED, True),
    ],
)
def test_a_policy_applies_where_its_requirement_is_met(state, status, applies):
    from ospatrol.dialect.sca import read_sca
    from tests.comply.conftest import policy_text

    policy = read_sca(policy_text(("all", ["f:/b"]), head=required("f:/a -> r:x")), "p.yml").policy

    verdict = judge(policy, facts_of(files={"/a": state, "/b": ""}))

    assert [finding.status for finding in verdict.findings] == [status]
    assert verdict.applies is applies
    assert bool(verdict.findings[0].reason) is (status is not Status.PASS)


MISSING_TOOL = Answer(state=State.NOT_FOUND, content="sh: x: not found", status=127)


@pytest.mark.parametrize(
    ("condition", "rules", "file", "status"),
    [
        ("all", ["c:x -> r:y"], "", Status.NOT_APPLICABLE),
        ("any", ["c:x -> r:y", "c:x -> r:z", "f:/a -> r:y"], "", Status.NOT_APPLICABLE),
        ("all", ["not c:x -> r:y"], "", Status.NOT_ASSESSED),
        ("any", ["c:x -> r:y", "f:/a -> r:y"], State.NO_PERMISSION, Status.NOT_ASSESSED),
        ("any", ["f:/a -> r:y", "c:x -> r:y"], State.NO_PERMISSION, Status.NOT_ASSESSED),
        ("any", ["c:x -> r:y", "f:/a -> r:y"], "y", Status.PASS),
    ],
)
def test_a_requirement_that_only_a_missing_program_could_meet_is_not_met(condition, rules, file, status):
    from ospatrol.dialect.sca import read_sca
    from tests.comply.conftest import policy_text

    head = required("").replace("all", condition).replace("['']", "[" + ", ".join(map(quoted, rules)) + "]")
    policy = read_sca(policy_text(("all", ["f:/b"]), head=head), "p.yml").policy

    verdict = judge(policy, facts_of(files={"/a": file, "/b": ""}, commands={"x": MISSING_TOOL}))

    assert [finding.status for finding in verdict.findings] == [status]


def test_a_policy_that_asks_for_a_registry_applies_to_no_host():
    policy = policy_of(("all", ["r:HKLM\\X -> Y -> 1"]), ("all", ["f:/a"]))

    verdict = judge(policy, facts_of(files={"/a": ""}))

    assert not verdict.applies
    assert {finding.status for finding in verdict.findings} == {Status.NOT_APPLICABLE}


def test_evidence_goes_as_far_as_the_rules_were_looked_at(finding_of):
    finding = finding_of(["f:/a -> r:root", "f:/b", "f:/c"], files={"/a": "root\x1b[2J\n", "/b": State.MISSING})

    assert [(each.outcome, each.shown) for each in finding.evidence] == [
        ("found", "root\\x1b[2J"),
        ("not found", "missing: /b"),
    ]


def test_a_finding_carries_what_the_check_says():
    policy = policy_of(("all", ["f:/a"]))
    check = msgspec.structs.replace(policy.checks[0], compliance={"cis": ("1.1",)})
    policy = msgspec.structs.replace(policy, checks=(check,))

    finding = judge(policy, facts_of(files={"/a": ""})).findings[0]

    assert (finding.host, finding.policy, finding.check, finding.title) == ("web1", "p", "1", "T1")
    assert finding.compliance == {"cis": ("1.1",)}


def test_literals_and_patterns_are_compared_byte_by_byte(status_of):
    content = "größe\n".encode().decode("latin-1")

    assert status_of("f:/a -> größe", files={"/a": content}) == "pass"
    assert status_of("f:/a -> r:^größe$", files={"/a": content}) == "pass"
    assert status_of("f:/a -> É", files={"/a": "\xc3\x89\n"}) == "pass"
    assert status_of("f:/a -> É", files={"/a": "\xe3\x89\n"}) == "fail"


def test_the_name_of_a_file_hides_nothing_of_what_is_said_of_it(finding_of):
    found = finding_of("f:/etc/pam.d/common-password -> r:x", files={"/etc/pam.d/common-password": "y\n"})

    assert found.evidence[0].shown == "no line meets it: /etc/pam.d/common-password"


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        (r"c:sshd -T -> r:^permitrootlogin\s+no", "it says: permitrootlogin yes"),
        (r"c:sshd -T -> r:^\s*[a-z]+\s\d+$ && r:maxauthtries", "it says: maxauthtries 6 x"),
        (r"c:sshd -T -> r:^usepam", "no line of its output meets it, such as: port 22 x"),
        (r"c:sshd -T -> r:^\d\d\d$", "no line of its output meets it, such as: port 22 x"),
    ],
)
def test_of_an_output_the_line_is_shown_that_the_rule_is_about(finding_of, rule, shown):
    said = "port 22 x\npermitrootlogin yes\nmaxauthtries 6 x\n"

    assert finding_of(rule, commands={"sshd -T": said}).evidence[0].shown == shown
