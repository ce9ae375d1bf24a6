"""Waivers over alerts."""

from datetime import date
from fnmatch import fnmatchcase

import pytest

from ospatrol.comply.waive_alerts import idle, waive_alerts
from ospatrol.model.alert import Alert
from ospatrol.model.event import Event
from ospatrol.model.place import Place
from ospatrol.model.policy import Waiver

TODAY = date(2027, 1, 31)


def waiver(id_="w", hosts="*", expires="2027-12-31", **about):
    return Waiver(
        id=id_, place=Place("w.yml", 1), hosts=hosts, reason="r", owner="o", approver="a", expires=expires, **about
    )


def alert(host="web1", rule=910100, kind="integrity", **fields):
    fields = fields or {"path": "/etc/motd"}
    event = Event(at=0.0, host=host, kind=kind, location="files:t", fields=fields)
    return Alert(id=f"{host}{rule}", rule=rule, level=10, description="", event=event)


def matches(pattern, host):
    return fnmatchcase(host, pattern)


def covering(written, *alerts):
    found = waive_alerts(alerts or [alert()], [written], TODAY, matches)
    return [each.waiver for each in found.alerts]


@pytest.mark.parametrize(
    ("written", "covers"),
    [
        (waiver(rules=(910100,)), True),
        (waiver(rules=(1,)), False),
        (waiver(paths=("/etc/*",)), True),
        (waiver(paths=("/usr/*",)), False),
        (waiver(rules=(910100,), paths=("/etc/*",)), True),
        (waiver(rules=(910100,), paths=("/usr/*",)), False),
        (waiver(rules=(1,), paths=("/etc/*",)), False),
        (waiver(rules=(910100,), hosts="db*"), False),
        (waiver(policies=("*",), checks=("*",)), False),
        (waiver(rules=(910100,), expires="2027-01-30"), False),
        (waiver(rules=(910100,), expires="2027-01-31"), True),
    ],
)
def test_a_waiver_covers_alerts_of_its_hosts_rules_and_paths(written, covers):
    assert covering(written) == ["w" if covers else ""]


@pytest.mark.parametrize(
    ("written", "covers"),
    [
        (waiver(checks=("1",)), True),
        (waiver(policies=("p",), checks=("2",)), False),
        (waiver(checks=("1",), rules=(5,)), True),
        (waiver(rules=(910100,)), True),
        (waiver(paths=("*",)), True),
    ],
)
def test_an_alert_about_a_check_is_covered_by_what_covers_the_check(written, covers):
    assert covering(written, alert(kind="policy", policy="p", check="1")) == ["w" if covers else ""]


def test_an_alert_about_a_score_is_covered_by_its_rule_only():
    dropped = alert(kind="policy", policy="p", change="score dropped")

    assert covering(waiver(policies=("p",)), dropped) == [""]
    assert covering(waiver(rules=(910100,)), dropped) == ["w"]


def test_waivers_that_are_used_unused_and_expired_are_told_apart():
    use, more, quiet, over, other = (
        waiver("a", rules=(910100,)),
        waiver("b", paths=("/etc/*",)),
        waiver("c", rules=(7,)),
        waiver("d", policies=("p",), expires="2026-01-01"),
        waiver("e", policies=("p",)),
    )

    found = waive_alerts([alert(), alert(path="/srv")], [use, more, quiet, over, other], TODAY, matches)

    assert [each.waiver for each in found.alerts] == ["a", "a"]
    assert (found.used, found.unused, found.expired) == ((use, more), (quiet,), (over,))


def test_a_waiver_of_what_was_raised_earlier_or_of_other_hosts_is_not_idle():
    earlier, elsewhere, nothing = waiver("a", rules=(1,)), waiver("b", hosts="db*", rules=(2,)), waiver("c", rules=(3,))

    assert idle([earlier, elsewhere, nothing], ["web1"], [alert(rule=1)], matches) == (nothing,)
    assert idle([earlier], ["web1"], iter([alert(rule=1), None]), matches) == ()
    assert idle([elsewhere], ["web1"], iter([None]), matches) == ()


@pytest.mark.parametrize("about", [{"paths": ("/srv/*",)}, {"paths": ("/srv/*",), "rules": (910100,)}])
def test_paths_are_those_of_files_and_not_what_a_log_line_says(about):
    assert covering(waiver(**about), alert(path="/srv/app")) == ["w"]
    assert covering(waiver(**about), alert(kind="log", path="/srv/app")) == [""]
