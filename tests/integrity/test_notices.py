from __future__ import annotations

from ospatrol.integrity import notices
from ospatrol.integrity.digest import PackageChange, PackageDigest


def test_a_changed_host_key_names_both_keys() -> None:
    event = notices.host_key_changed(host="web1", at=1.0, seen="SHA256:a", known=["SHA256:b", "SHA256:c"])

    assert (event.kind, dict(event.fields)) == ("host_key", {"seen": "SHA256:a", "known": "SHA256:b SHA256:c"})
    assert event.text == "host key changed: web1 shows SHA256:a; on record SHA256:b SHA256:c"


def test_a_package_digest_is_one_line_however_many_packages() -> None:
    packages = [PackageChange(name="a", version="1", files=2), PackageChange(name="b", was="1", files=1)]
    packages += [PackageChange(name=f"c{n}", was="1", version="2", files=10) for n in range(20)]

    event = notices.packages_changed(PackageDigest(packages=tuple(packages), files=203), host="h", at=1.0, location="l")

    assert event.kind == "packages"
    assert event.text.startswith(
        "packages: 1 installed, 20 upgraded, 1 removed; they explain 203 changed files: a 1, b 1 removed, c0 1 -> 2"
    )
    assert event.text.endswith("and 12 more")
    assert (event.fields["upgraded"], event.fields["files"]) == ("20", "203")


def test_an_empty_package_digest_says_so() -> None:
    event = notices.packages_changed(PackageDigest(), host="h", at=1.0, location="l")

    assert event.text == "packages: none changed; they explain 0 changed files: "


def test_hosts_that_were_not_assessed_say_why() -> None:
    failed = notices.host_not_assessed(host="h", at=1.0, step="connect", reason="refused")
    partly = notices.host_partly_assessed(host="h", at=1.0, location="files:x", what=["/a", "/b"], missed=7)

    assert (failed.text, failed.fields["status"]) == ("not assessed: connect: refused", "not assessed")
    assert (partly.text, partly.fields["status"]) == ("partly assessed: 7 missed: /a, /b", "partly assessed")


def test_a_proposed_baseline_names_its_task() -> None:
    event = notices.baseline_proposed(host="h", at=1.0, location="files:system", task="system", entries=2000)

    assert (event.kind, dict(event.fields)) == ("baseline", {"state": "proposed", "task": "system", "entries": "2000"})


def test_a_clock_is_ahead_or_behind() -> None:
    assert notices.clock_skewed(host="h", at=1.0, skew_s=61.2).text == "clock is 61 s ahead"
    assert notices.clock_skewed(host="h", at=1.0, skew_s=-61.2).fields == {"skew_s": "61", "direction": "behind"}


def test_every_notice_keeps_to_its_declared_fields() -> None:
    events = [
        notices.host_key_changed(host="h", at=1.0, seen="a", known=["b"], problem="c"),
        notices.packages_changed(PackageDigest(), host="h", at=1.0, location="l"),
        notices.host_not_assessed(host="h", at=1.0, step="auth", reason="r"),
        notices.host_partly_assessed(host="h", at=1.0, location="l", what=["/a"], missed=1),
        notices.baseline_proposed(host="h", at=1.0, location="l", task="t", entries=1),
        notices.clock_skewed(host="h", at=1.0, skew_s=99),
    ]

    assert {event.kind for event in events} == set(notices.FIELDS)
    assert all(set(event.fields) <= set(notices.FIELDS[event.kind]) for event in events)
