from __future__ import annotations

from ospatrol.integrity.digest import PackageChange, PackageDigest, PackageStep, summarise
from ospatrol.model.change import Change, ChangeKind, Explanation, Verdict


def change(path: str, verdict: Verdict, package: str = "", was: str = "", version: str = "") -> Change:
    why = Explanation(verdict=verdict, package=package, was_version=was, version=version)
    return Change(kind=ChangeKind.MODIFIED, path=path.encode(), explanation=why)


def test_an_upgrade_of_two_hundred_packages_is_one_digest_and_the_tampered_file_stays_loud() -> None:
    upgraded = [change(f"/usr/{n}/{m}", Verdict.EXPLAINED, f"p{n:03}", "1", "2") for n in range(200) for m in range(10)]
    tampered = change("/usr/bin/ls", Verdict.CONTRADICTS, "coreutils", "1", "2")

    loud, digest = summarise([*upgraded[:1000], tampered, *upgraded[1000:]])

    assert loud == (tampered,)
    assert (len(digest.packages), digest.files) == (200, 2000)
    assert digest.packages[0] == PackageChange(name="p000", was="1", version="2", files=10)
    assert digest.counted(PackageStep.UPGRADED) == 200


def test_packages_come_and_go() -> None:
    _, digest = summarise(
        [
            change("/a", Verdict.EXPLAINED, "new", "", "1"),
            change("/b", Verdict.EXPLAINED, "gone", "1", ""),
            change("/c", Verdict.EXPLAINED, "moved", "1", "2"),
        ]
    )

    assert [package.step for package in digest.packages] == [
        PackageStep.REMOVED,
        PackageStep.UPGRADED,
        PackageStep.INSTALLED,
    ]


def test_nothing_explained_is_an_empty_digest() -> None:
    loud = change("/a", Verdict.UNKNOWN)

    assert summarise([loud]) == ((loud,), PackageDigest())
