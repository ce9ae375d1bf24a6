"""Waiver files."""

import pytest

from ospatrol.dialect.waivers import read_waivers
from ospatrol.model.errors import ConfigErrors

GOOD = """waivers:
  - id: W-1
    hosts: web*
    reason: a legacy client needs it
    owner: ops
    approver: ciso
    expires: 2027-01-31
    ticket: 1234
    policies: cis_debian12
    checks: [33010, "33011"]
"""


def mistakes(text):
    with pytest.raises(ConfigErrors) as caught:
        read_waivers(text, "waivers.yml")
    return [str(error) for error in caught.value.errors]


def test_a_waiver_is_read_with_its_line():
    (waiver,) = read_waivers(GOOD, "waivers.yml")

    assert str(waiver.place) == "waivers.yml:2"
    assert (waiver.id, waiver.hosts, waiver.expires, waiver.ticket) == ("W-1", "web*", "2027-01-31", "1234")
    assert (waiver.policies, waiver.checks) == (("cis_debian12",), ("33010", "33011"))


def test_rules_are_numbers():
    text = GOOD.replace("checks: [33010", "rules: 100200\n    checks: [33010")

    assert read_waivers(text, "w.yml")[0].rules == (100200,)


@pytest.mark.parametrize("text", ["", "# nothing\n", "waivers:\n", "waivers: []\n"])
def test_an_empty_file_has_none(text):
    assert read_waivers(text, "waivers.yml") == ()


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ("owner: ops", "ownr: ops", "waivers.yml:5: unknown key 'ownr'; did you mean 'owner'?"),
        ("    owner: ops\n", "", "waivers.yml:2: the key 'owner' is missing"),
        ("owner: ops", "owner: ' '", "waivers.yml:5: owner: must not be empty"),
        ("2027-01-31", "31.1.2027", "waivers.yml:7: expires: '31.1.2027' is no day; write it as 2027-01-31"),
        ("2027-01-31", "2027-02-31", "waivers.yml:7: expires: '2027-02-31' is no day; write it as 2027-01-31"),
        ("2027-01-31", "20270131", "waivers.yml:7: expires: 20270131 is no day; write it as 2027-01-31"),
        ("waivers:", "waiver:", "waivers.yml:1: unknown key 'waiver'; did you mean 'waivers'?"),
        ("[33010, ", "[[33010], ", "checks: expected"),
        ('policies: cis_debian12\n    checks: [33010, "33011"]\n', "{}\n", "not valid YAML"),
        ("checks: [33010", "rules: [x, 33010", "rules: expected a whole number, not text"),
    ],
)
def test_a_mistake_is_told_with_its_line(was, now, expected):
    assert was in GOOD

    assert any(expected in mistake for mistake in mistakes(GOOD.replace(was, now)))


def test_a_waiver_that_is_about_nothing_is_refused():
    text = "\n".join(GOOD.split("\n")[:-3]) + "\n"

    assert "waives nothing" in mistakes(text)[0]


def test_two_waivers_of_one_id_are_refused():
    text = GOOD + GOOD.removeprefix("waivers:\n")

    assert mistakes(text) == ["waivers.yml:11: the waiver 'W-1' stands already at waivers.yml:2"]


@pytest.mark.parametrize("text", ["5", "- a\n", "waivers: 5\n", "waivers: [5]\n", "a: [", "\ud800: x"])
def test_what_is_no_list_of_waivers_is_refused(text):
    assert mistakes(text)
