from __future__ import annotations

import pytest

from ospatrol.integrity.config_leaks import leaks_of, reused
from ospatrol.integrity.config_learn import learn
from ospatrol.load.yaml import read_yaml
from ospatrol.model.pattern import Expression
from ospatrol.pattern.compiled import compile_expression
from tests.integrity.config_ready import KEY, ready

ONE = "hostname a\nenable password 7 0822455D0A16\nsnmp-server community public RO\nusername u password 0 Hunter2!\n"
TWO = "hostname b\r\nenable secret 5 $1$abcd$efghijklmn\r\nusername v password 0 Hunter2!\r\nkey ***\r\n"


def test_every_secret_is_listed_with_what_is_against_it_and_without_itself() -> None:
    leaks = leaks_of(ONE, "a.cfg", ready("ios"), KEY)

    assert [(leak.line, leak.name, leak.weak) for leak in leaks] == [
        (2, "enable secret", "everybody knows it"),
        (3, "SNMP community", "everybody knows it"),
        (4, "user password", "in plain text"),
    ]
    assert "Hunter2!" not in repr(leaks)
    assert leaks[2].shown.startswith("username u password 0 <secret:")


def test_an_encoded_secret_that_nobody_knows_is_weak_and_a_hash_is_not() -> None:
    encoded = leaks_of("line vty 0 4\n password 7 13071E151F091C\n", "a.cfg", ready("ios"), KEY)
    hashed = leaks_of("enable secret 9 $9$abcdefgh$ijklmnop\n", "a.cfg", ready("ios"), KEY)

    assert encoded[0].weak == "only encoded, anyone can read it"
    assert hashed[0].weak == ""


def test_what_is_hidden_already_is_no_leak() -> None:
    text = "enable secret 5 <removed>\nsnmp-server community <secret hidden> RO\n ikev1 pre-shared-key *****\n"

    assert leaks_of(text, "a.cfg", ready("asa"), KEY) == ()


def test_a_secret_in_two_files_is_found_by_its_mask() -> None:
    leaks = [*leaks_of(ONE, "a.cfg", ready("ios"), KEY), *leaks_of(TWO, "b.cfg", ready("ios"), KEY)]

    again = reused(leaks)

    assert [[(leak.path, leak.line) for leak in group] for group in again.values()] == [[("a.cfg", 4), ("b.cfg", 3)]]


def test_what_differs_though_nothing_changed_is_proposed_as_volatile() -> None:
    first = "# generated at 10:00:01 by x\nhostname a\nuptime 5 days\nkey ENC AAAAAAAAAA\nend\n"
    second = "# generated at 10:00:09 by x\nhostname a\nuptime 6 days\nkey ENC BBBBBBBBBB\nend\n"

    learnt = learn(first, second, ready("ios"), KEY)

    assert learnt.volatile == ("^# generated at ", "^uptime ")
    assert learnt.flapping == ("encrypted value",)
    assert learnt.ends == "^end$"
    assert "AAAAAAAAAA" not in learnt.as_yaml()
    node = read_yaml(learnt.as_yaml(), "proposal")
    assert node == {"volatile": ["^# generated at ", "^uptime "]}


def test_what_the_profile_knows_is_not_proposed() -> None:
    first = "! Last configuration change at 1 by x\nhostname a\n"

    learnt = learn(first, first.replace("at 1", "at 2"), ready("ios"), KEY)

    assert learnt.volatile == ()
    assert "# nothing differed between the two captures" in learnt.as_yaml()


def test_what_does_not_print_is_in_no_proposal() -> None:
    learnt = learn("hostname a\n\x1b[31mred 1\nup \x1b]0;x 2\nend\n", "hostname a\nend\n", ready("ios"), KEY)

    assert learnt.volatile in {("^up ",), ("^up",)}
    assert learnt.as_yaml().replace("\n", "").isprintable()


@pytest.mark.parametrize("line", ["a (b) [c] {d} $e ^f .g *h +i ?j |k \\l 1", "it's 1", "1 begins", "noblanks"])
def test_a_proposed_pattern_matches_the_line_it_came_from(line: str) -> None:
    learnt = learn(f"{line}\nx\n", "x\n", ready("ios"), KEY)

    (pattern,) = learnt.volatile
    assert compile_expression(Expression(text=pattern)).test(line)
    assert read_yaml(learnt.as_yaml(), "proposal") == {"volatile": [pattern]}
