"""Verdicts of rootcheck lists."""

import pytest

from ospatrol.comply.judge import judge
from ospatrol.dialect.rcl import read_rcl
from ospatrol.model.facts import Answer, State
from tests.comply.conftest import facts_of

NA, NOT_ASSESSED = "not applicable", "not assessed"


def statuses(text, **answers):
    policy = read_rcl(text, "list_rcl.txt").policy
    return [finding.status.value for finding in judge(policy, facts_of(**answers)).findings]


@pytest.mark.parametrize(
    ("rule", "content", "expected"),
    [
        ("f:/a;", "", "fail"),
        ("f:/a;", State.OTHER_KIND, "fail"),
        ("f:/a;", State.MISSING, "pass"),
        ("f:!/a;", State.MISSING, "fail"),
        ("!f:/a;", "", "fail"),
        ("f:/a;", State.NO_PERMISSION, NOT_ASSESSED),
        ("f:/a -> yes;", "YES\n", "fail"),
        ("f:/a -> =:yes;", "yes\n", "fail"),
        ("f:/a -> yes;", "yes no\n", "pass"),
        ("f:/a -> r:^root\\.+no;", "# x\nrootxno\n", "fail"),
        ("f:/a -> !r:^# && r:x;", "# x\n", "pass"),
        ("f:/a -> !r:^# && r:x;", "x\n", "fail"),
        ("f:/a -> !r:^#;", "# a\n# b\n", "pass"),
        ("f:/a -> !r:^#;", "a\nb\n", "fail"),
        ("f:/a -> !r:^#;", "a\n# b\n", "pass"),
        ("f:/a -> !r:^#;", "", "fail"),
        ("f:/a -> !r:^#;", State.MISSING, "pass"),
        ("f:/a -> r:x;", State.OTHER_KIND, "pass"),
        ("f:/a -> !r:^#;", Answer(state=State.CUT, content="a\n"), NOT_ASSESSED),
        ("f:/a -> !r:^#;", Answer(state=State.CUT, content="# a\n"), "pass"),
        ("f:/a -> <:b;", "c\n", "fail"),
        ("f:/a -> <:b;", "a\n", "pass"),
        ("f:/a -> >:b;", "a\n", "fail"),
        ("f:/a -> >:b;", "c\n", "pass"),
        ("f:/a -> r:x && r:a b && r:c;", "x\n", "pass"),
        ("f:/a -> r:x && r:a b && r:c;", "x a b && r:c\n", "fail"),
        ("f:/a -> r:x y && !r:z;", "x y && !r:z\n", "fail"),
        ("f:/a -> r:(\\;", "(", "pass"),
    ],
)
def test_what_a_list_finds_is_bad(rule, content, expected):
    assert statuses(f"[X] [any] []\n{rule}\n", files={"/a": content}) == [expected]


def test_only_the_first_file_of_a_list_is_looked_at():
    files = {"/a": State.MISSING, "/b": "x\n"}

    assert statuses("[X] [any] []\nf:/a,/b -> r:x;\n", files=files) == ["pass"]
    assert statuses("[X] [any] []\nf:/a,/b;\n", files=files) == ["pass"]


@pytest.mark.parametrize(
    ("rule", "dirs", "files", "expected"),
    [
        ("d:/d -> a;", {"/d": ("/d/sub/a1",)}, {}, "fail"),
        ("d:/d -> !a;", {"/d": ("/d/a1",)}, {}, "pass"),
        ("d:/d -> r:\\d$;", {"/d": ("/d/a1",)}, {}, "fail"),
        ("d:/d -> a;", {"/d": ()}, {}, "pass"),
        ("d:/d -> !f:a;", {"/d": ("/d/a1",)}, {}, "pass"),
        ("d:/d -> !r:x;", {"/d": ("/d/a1",)}, {}, "pass"),
        ("d:/d -> a;", {"/d": Answer(state=State.NO_PERMISSION, entries=("/d/a",))}, {}, "fail"),
        ("d:/d -> b;", {"/d": Answer(state=State.NO_PERMISSION, entries=("/d/a",))}, {}, NOT_ASSESSED),
        ("d:/d -> a;", {"/d": State.MISSING}, {}, "pass"),
        ("d:/d -> a;", {"/d": State.OTHER_KIND}, {}, "pass"),
        ("d:/d -> a;", {"/d": State.NO_PERMISSION}, {}, NOT_ASSESSED),
        ("d:/d -> a;", {"/d": Answer(state=State.CUT)}, {}, NOT_ASSESSED),
        ("d:/e,/d -> a;", {"/d": ("/d/a",), "/e": State.MISSING}, {}, "fail"),
        ("d:/d -> a -> r:x;", {"/d": ("/d/a",)}, {"/d/a": "x\n"}, "fail"),
        ("d:/d -> a -> r:x;", {"/d": ("/d/a",)}, {"/d/a": "y\n"}, "pass"),
        ("d:/d -> a -> r:x;", {"/d": ("/d/a",)}, {}, NOT_ASSESSED),
    ],
)
def test_directories_are_searched(rule, dirs, files, expected):
    assert statuses(f"[X] [any] []\n{rule}\n", dirs=dirs, files=files) == [expected]


@pytest.mark.parametrize("line", ["f:$nope;", "x:/a;", "f:/a", "d:/a;"])
def test_a_line_that_cannot_be_read_never_lets_an_entry_pass(line):
    files = {"/a": "", "/b": State.MISSING}

    assert statuses(f"[X] [any] []\n{line}\nf:/b;\n", files=files) == [NOT_ASSESSED]
    assert statuses(f"[X] [any] []\n{line}\nf:/a;\n", files=files) == ["fail"]
    assert statuses(f"[X] [all] []\n{line}\nf:/a;\n", files=files) == [NOT_ASSESSED]
    assert statuses(f"[X] [all] []\n{line}\nf:/b;\n", files=files) == ["pass"]
    assert statuses(f"[X] [none] []\n{line}\nf:/b;\n", files=files) == [NOT_ASSESSED]


def test_an_entry_without_rules_does_not_apply():
    assert statuses("[X] [any] []\n[Y] [any] []\nf:/a;\n", files={"/a": ""}) == [NA, "fail"]


def test_a_process_is_looked_for():
    assert statuses("[X] [any] []\np:/sbin/x;\n", processes="/sbin/x -d\n") == ["fail"]
    assert statuses("[X] [any] []\np:r:sbin;\n", processes="/bin/x -d\n") == ["pass"]
    assert statuses("[X] [any] []\np:r:sbin;\n", processes=State.TIMEOUT) == [NOT_ASSESSED]


def test_all_wants_every_rule_and_any_only_one():
    files = {"/a": "", "/b": State.MISSING}

    assert statuses("[X] [all] []\nf:/a;\nf:/b;\n", files=files) == ["pass"]
    assert statuses("[X] [any] []\nf:/a;\nf:/b;\n", files=files) == ["fail"]


LIST = "[A] [any] []\nf:/a;\n[Only here] [any required] []\nf:/b;\n[C] [any] []\nf:/a;\n"


def test_what_is_required_and_found_passes_and_lets_the_rest_count():
    assert statuses(LIST, files={"/a": "", "/b": ""}) == ["fail", "pass", "fail"]


def test_what_is_required_and_not_found_ends_the_file():
    assert statuses(LIST, files={"/a": "", "/b": State.MISSING}) == ["fail", NA, NA]


def test_what_is_required_and_not_known_leaves_the_rest_not_assessed():
    assert statuses(LIST, files={"/a": "", "/b": State.TIMEOUT}) == ["fail", NOT_ASSESSED, NOT_ASSESSED]


def test_a_list_that_asks_for_a_registry_applies_to_no_host():
    assert statuses("[A] [any] []\nf:/a;\n[B] [any] []\nr:HKLM\\X -> Y -> 1;\n", files={"/a": ""}) == [NA, NA]


TOO_LONG = "a" * 40_000


@pytest.mark.parametrize(
    "rule",
    [f"f:/a -> !r:{TOO_LONG};", f"f:/a -> r:{TOO_LONG};", f"d:/d -> r:{TOO_LONG};", f"p:r:{TOO_LONG};"],
    ids=["every line", "some line", "name", "process"],
)
def test_a_pattern_beyond_our_limits_is_not_assessed(rule):
    text = f"[X] [any] []\n{rule}\n"

    assert statuses(text, files={"/a": "x\n"}, dirs={"/d": ("/d/a",)}, processes="x\n") == [NOT_ASSESSED]
