"""What is new of findings is said once, and what is gone too."""

from __future__ import annotations

from ospatrol.comply.rootkit import Kind, RootkitFinding, Standing
from ospatrol.comply.rootkit_facts import Look
from ospatrol.patrol.rootkit_events import FIELDS, Change, compare_findings, rootkit_events

ALL = frozenset(Look)


def finding(what: str, kind: Kind = Kind.FILE, because: str = "b", **more) -> RootkitFinding:
    return RootkitFinding(kind=kind, what=what, because=because, **more)


def events(*news):
    return list(rootkit_events(news, host="web1", at=1.0, location="rootkit:nightly"))


def test_what_stands_is_not_said_again():
    compared = compare_findings([finding("/a")], [finding("/a")], ALL)

    assert (compared.standing, compared.news) == ((finding("/a"),), ())


def test_what_is_new_other_or_gone_is_said():
    before = [finding("/a"), finding("/b"), finding("/a", Kind.DEVICE)]
    now = [finding("/a", because="other"), finding("/c")]

    compared = compare_findings(before, now, ALL)

    assert compared.news == (
        (Change.CHANGED, now[0]),
        (Change.FOUND, now[1]),
        (Change.GONE, before[1]),
        (Change.GONE, before[2]),
    )
    assert compared.standing == tuple(now)


def test_what_could_not_be_looked_at_again_stands():
    before = [finding("/a"), finding("7 (x)", Kind.PROCESS)]

    compared = compare_findings(before, [], ALL - {Look.PROCESSES})

    assert compared.news == ((Change.GONE, before[0]),)
    assert compared.standing == (before[1],)


def test_an_event_says_all_that_is_known():
    more = {"signature": "Kit", "reference": "r", "standing": Standing.VERIFIED, "package": "p", "place": "system"}

    (event,) = events((Change.FOUND, finding("/a", **more)))

    assert (event.kind, event.location, event.text) == ("rootkit", "rootkit:nightly", "rootkit file /a: found: b")
    assert event.fields == {
        "change": "found", "finding": "rootkit file", "what": "/a", "because": "b", "signature": "Kit",
        "reference": "r", "standing": "verified", "package": "p", "place": "system",
    }  # fmt: skip
    assert set(event.fields) < set(FIELDS["rootkit"])


def test_thousands_of_usual_things_are_said_in_sum_and_what_is_grave_one_by_one():
    usual = [(Change.FOUND, finding(f"/srv/{number}", Kind.UNOWNED)) for number in range(21)]
    system = (Change.FOUND, finding("/etc/x", Kind.UNOWNED, place="system"))
    grave = [(Change.FOUND, finding(f"/x/{number}")) for number in range(21)]

    said = events(*usual, system, *grave)

    assert len(said) == 1 + 1 + 21
    assert said[0].fields["count"] == "21"
    assert said[0].fields["what"].endswith("/srv/9 and 11 more")
    assert (said[1].fields["what"], said[1].fields["place"]) == ("/etc/x", "system")


def test_what_is_too_long_is_cut():
    (event,) = events((Change.FOUND, finding("/a", because="x" * 700)))

    assert event.fields["because"].endswith("x...(+100)")
