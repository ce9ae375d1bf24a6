from __future__ import annotations

import pytest

from ospatrol.integrity.explain import explain
from ospatrol.model.change import Aspect, Change, ChangeKind, Explanation, Verdict
from ospatrol.model.files import FileType
from ospatrol.model.packages import PackagedFile, Packages, PackageSystem

ADDED, MODIFIED, DELETED = ChangeKind.ADDED, ChangeKind.MODIFIED, ChangeKind.DELETED
CONTENT = (Aspect.CONTENT,)
PATH = b"/usr/bin/curl"
A, B = "a" * 64, "b" * 64


def packages(
    version: str = "", *paths: bytes, system: PackageSystem = PackageSystem.DPKG, name: str = "curl"
) -> Packages:
    return Packages(system=system, versions={name: version} if version else {}, owners=dict.fromkeys(paths, name))


def packaged(found: str = "m", recorded: str = "m", **given: object) -> dict[bytes, PackagedFile]:
    defaults: dict[str, object] = {"package": "curl", "algorithm": "md5"}
    return {PATH: PackagedFile(path=PATH, found=found, recorded=recorded, **{**defaults, **given})}


OLD, NEW, NONE = packages("1", PATH), packages("2", PATH), packages()
RPM_OLD = packages("1", PATH, system=PackageSystem.RPM)
RPM_NEW = packages("2", PATH, system=PackageSystem.RPM)


@pytest.fixture
def verdict(entry):
    """The explanation of a change of one path; a modification of its content unless told otherwise."""

    def judge(
        *,
        kind: ChangeKind = MODIFIED,
        aspects: tuple[Aspect, ...] = CONTENT,
        was: Packages | None = OLD,
        now: Packages | None = NEW,
        files: dict[bytes, PackagedFile] | None = None,
        before: dict[str, object] | None = None,
        after: dict[str, object] | None = None,
    ) -> Explanation:
        change = Change(
            kind=kind,
            path=PATH,
            before=None if kind is ADDED else entry(PATH, **(before or {})),
            after=None if kind is DELETED else entry(PATH, content=B, **(after or {})),
            aspects=aspects if kind is MODIFIED else (),
        )
        return explain(change, was=was, now=now, packaged=packaged() if files is None else files)

    return judge


def test_an_upgrade_explains_the_package_s_own_content(verdict) -> None:
    told = verdict()

    assert told == Explanation(
        verdict=Verdict.EXPLAINED,
        because="it came with curl 2, which was 1 at the baseline",
        package="curl",
        was_version="1",
        version="2",
    )


def test_an_installation_explains_a_new_file(verdict) -> None:
    told = verdict(kind=ADDED, was=NONE)

    assert (told.verdict, told.was_version) == (Verdict.EXPLAINED, "")
    assert told.because == "it came with curl 2, which was installed since the baseline"


def test_other_content_than_the_package_s_contradicts_it_even_in_an_upgrade(verdict) -> None:
    assert verdict(files=packaged(found="x")).verdict is Verdict.CONTRADICTS
    assert verdict(files=packaged(found="x"), now=OLD).verdict is Verdict.CONTRADICTS
    assert verdict(kind=ADDED, files=packaged(found="x"), was=None).verdict is Verdict.CONTRADICTS
    assert verdict(aspects=(Aspect.TYPE,), files=packaged(found="x")).verdict is Verdict.CONTRADICTS


def test_an_edited_configuration_file_is_told_apart(verdict) -> None:
    told = verdict(files=packaged(found="x", config=True))

    assert (told.verdict, told.because) == (
        Verdict.CONFIG_EDITED,
        "it is a configuration file that differs from what curl 2 ships",
    )


def test_an_upgraded_configuration_file_is_explained(verdict) -> None:
    assert verdict(files=packaged(config=True)).verdict is Verdict.EXPLAINED


def test_a_restored_file_is_not_explained(verdict) -> None:
    told = verdict(now=OLD)

    assert (told.verdict, told.because) == (Verdict.NOT_EXPLAINED, "curl 1 has not changed since the baseline")


def test_without_the_packages_of_the_baseline_nothing_is_explained(verdict) -> None:
    for was in (None, NONE.__class__(), RPM_OLD):
        told = verdict(was=was)

        assert told.verdict is Verdict.NOT_EXPLAINED
        assert "at the baseline are not known" in told.because


@pytest.mark.parametrize("aspect", [Aspect.OWNER, Aspect.GROUP, Aspect.ACL, Aspect.XATTR, Aspect.CAPS, Aspect.SELINUX])
def test_what_the_database_does_not_record_is_never_explained(verdict, aspect: Aspect) -> None:
    told = verdict(aspects=(Aspect.CONTENT, aspect))

    assert (told.verdict, told.because) == (
        Verdict.NOT_EXPLAINED,
        f"curl 2 changed, but the database does not record its {aspect}",
    )


@pytest.mark.parametrize(
    ("mode", "said"), [(0o4755, "setuid"), (0o2755, "setgid"), (0o666, "world-writable"), (0o6755, "setgid and setuid")]
)
def test_rights_gained_in_an_upgrade_are_not_explained_by_dpkg(verdict, mode: int, said: str) -> None:
    told = verdict(aspects=(Aspect.CONTENT, Aspect.MODE), after={"mode": mode})

    assert told.verdict is Verdict.NOT_EXPLAINED
    assert told.because == f"curl 2 changed, but the database does not record that it is {said}"
    assert verdict(kind=ADDED, was=NONE, after={"mode": mode}).verdict is Verdict.NOT_EXPLAINED


def test_rights_that_were_there_before_do_not_matter(verdict) -> None:
    assert verdict(before={"mode": 0o4755}, after={"mode": 0o4755}).verdict is Verdict.EXPLAINED


def test_a_mode_that_changes_with_proven_content_is_explained(verdict) -> None:
    assert verdict(aspects=(Aspect.CONTENT, Aspect.MODE), after={"mode": 0o755}).verdict is Verdict.EXPLAINED


def test_a_mode_that_changes_alone_is_not_explained_by_dpkg(verdict) -> None:
    told = verdict(aspects=(Aspect.MODE,), after={"mode": 0o755})

    assert (told.verdict, told.because) == (
        Verdict.NOT_EXPLAINED,
        "curl 2 changed, but the database does not record its mode",
    )


def test_a_touched_file_of_an_upgraded_package_is_explained(verdict) -> None:
    assert verdict(aspects=(Aspect.MTIME,)).verdict is Verdict.EXPLAINED


def test_only_attributes_of_an_approved_different_content_is_no_contradiction(verdict) -> None:
    told = verdict(aspects=(Aspect.MODE,), files=packaged(found="x"))

    assert (told.verdict, told.because) == (
        Verdict.NOT_EXPLAINED,
        "only attributes changed; its content was not curl 2's before",
    )


class TestRpm:
    """The database records modes, and digests in our own algorithm."""

    def files(self, **given: object) -> dict[bytes, PackagedFile]:
        return packaged(**{"algorithm": "sha256", "found": B, "recorded": B, "mode": 0o644, **given})

    def test_the_recorded_mode_explains_a_mode(self, verdict) -> None:
        told = verdict(
            was=RPM_OLD, now=RPM_NEW, files=self.files(mode=0o4755), aspects=(Aspect.MODE,), after={"mode": 0o4755}
        )

        assert told.verdict is Verdict.EXPLAINED

    def test_another_mode_contradicts_the_package(self, verdict) -> None:
        told = verdict(was=RPM_OLD, now=RPM_OLD, files=self.files(), aspects=(Aspect.MODE,), after={"mode": 0o4755})

        assert (told.verdict, told.because) == (Verdict.CONTRADICTS, "its mode is 4755 and curl 1 records 0644")

    def test_another_mode_of_a_configuration_file_is_only_not_explained(self, verdict) -> None:
        told = verdict(
            was=RPM_OLD, now=RPM_OLD, files=self.files(config=True), aspects=(Aspect.MODE,), after={"mode": 0o600}
        )

        assert told.verdict is Verdict.NOT_EXPLAINED

    def test_a_mode_that_differed_before_is_not_this_change(self, verdict) -> None:
        told = verdict(was=RPM_OLD, now=RPM_NEW, files=self.files(mode=0o755))

        assert told.verdict is Verdict.EXPLAINED

    def test_capabilities_gained_are_not_explained(self, verdict) -> None:
        told = verdict(
            kind=ADDED,
            was=packages(system=PackageSystem.RPM),
            now=RPM_NEW,
            files=self.files(),
            after={"attributes": {"caps": "x"}},
        )

        assert (told.verdict, "capabilities" in told.because) == (Verdict.NOT_EXPLAINED, True)

    def test_the_content_that_was_scanned_is_judged_not_what_came_after(self, verdict) -> None:
        told = verdict(was=RPM_OLD, now=RPM_NEW, files=self.files(found=A, recorded=A))

        assert told.verdict is Verdict.CONTRADICTS


def test_content_that_the_scan_did_not_hash_is_judged_by_the_host_s_digest(entry) -> None:
    change = Change(
        kind=MODIFIED,
        path=PATH,
        before=entry(PATH, content="!too-big"),
        after=entry(PATH, content="!too-big", size=99),
        aspects=(Aspect.SIZE,),
    )

    told = explain(change, was=RPM_OLD, now=RPM_NEW, packaged=packaged(algorithm="sha256", found=A, recorded=B))

    assert told.verdict is Verdict.CONTRADICTS


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "the file has no digest in curl 2"),
        (packaged(recorded=""), "the file has no digest in curl 2"),
        (packaged(found=""), "the file could not be digested"),
    ],
)
def test_what_cannot_be_compared_is_not_explained(verdict, files, said: str) -> None:
    told = verdict(files=files)

    assert (told.verdict, told.because, told.package) == (Verdict.NOT_EXPLAINED, said, "curl")


def test_what_no_package_owns_is_unowned(verdict) -> None:
    assert verdict(was=NONE, now=NONE, files={}) == Explanation(verdict=Verdict.UNOWNED, because="no package owns it")
    assert verdict(kind=ADDED, was=None, now=NONE, files={}).verdict is Verdict.UNOWNED


def test_what_a_package_owned_and_left_behind_is_not_explained(verdict) -> None:
    told = verdict(now=NONE, files={})

    assert (told.verdict, told.because) == (
        Verdict.NOT_EXPLAINED,
        "curl owned it at the baseline and no package does now",
    )


@pytest.mark.parametrize(("now", "said"), [(None, "could not be read"), (Packages(), "has no package database")])
def test_without_a_package_database_the_verdict_is_unknown(verdict, now, said: str) -> None:
    told = verdict(now=now, files={})

    assert told.verdict is Verdict.UNKNOWN
    assert said in told.because


@pytest.mark.parametrize(
    ("was", "now", "files", "told", "said"),
    [
        (OLD, NONE, {}, Verdict.EXPLAINED, "curl 1 owned it and was removed"),
        (OLD, packages("2"), {}, Verdict.EXPLAINED, "curl 1 owned it and 2 does not"),
        (OLD, NEW, {}, Verdict.NOT_EXPLAINED, "curl 2 still owns it"),
        (NONE, NONE, packaged(), Verdict.NOT_EXPLAINED, "curl still owns it"),
        (OLD, packages("1"), {}, Verdict.NOT_EXPLAINED, "curl 1 owned it and has not changed"),
        (NONE, NONE, {}, Verdict.UNOWNED, "no package owned it"),
        (None, NONE, {}, Verdict.UNKNOWN, "the packages at the baseline are not known"),
    ],
)
def test_deletions(verdict, was, now, files, told: Verdict, said: str) -> None:
    explanation = verdict(kind=DELETED, was=was, now=now, files=files)

    assert (explanation.verdict, explanation.because) == (told, said)


LIBRARY = b"/usr/bin/libcurl.so.4"


@pytest.mark.parametrize(
    ("target", "told"),
    [
        (b"libcurl.so.4", Verdict.EXPLAINED),
        (b"./x/../libcurl.so.4", Verdict.EXPLAINED),
        (b"/usr/bin/libcurl.so.4", Verdict.EXPLAINED),
        (b"/../usr//bin/libcurl.so.4", Verdict.EXPLAINED),
        (b"/tmp/evil", Verdict.NOT_EXPLAINED),
        (b"", Verdict.NOT_EXPLAINED),
    ],
)
def test_a_link_is_explained_only_if_it_points_into_its_own_changed_package(
    entry, target: bytes, told: Verdict
) -> None:
    now = packages("2", PATH, LIBRARY)
    change = Change(
        kind=MODIFIED,
        path=PATH,
        before=entry(PATH, type=FileType.LINK, target=b"old"),
        after=entry(PATH, type=FileType.LINK, target=target),
        aspects=(Aspect.TARGET,),
    )

    assert explain(change, was=OLD, now=now, packaged={}).verdict is told
    assert explain(change, was=now, now=now, packaged={}).verdict is Verdict.NOT_EXPLAINED


@pytest.mark.parametrize(
    ("kind", "mode", "now", "told"),
    [
        (ADDED, 0o755, NEW, Verdict.EXPLAINED),
        (ADDED, 0o777, NEW, Verdict.NOT_EXPLAINED),
        (ADDED, 0o755, OLD, Verdict.NOT_EXPLAINED),
        (MODIFIED, 0o700, NEW, Verdict.NOT_EXPLAINED),
    ],
)
def test_directories(entry, kind: ChangeKind, mode: int, now: Packages, told: Verdict) -> None:
    change = Change(
        kind=kind,
        path=PATH,
        before=None if kind is ADDED else entry(PATH, type=FileType.DIRECTORY, mode=0o755),
        after=entry(PATH, type=FileType.DIRECTORY, mode=mode),
        aspects=(Aspect.MODE,) if kind is MODIFIED else (),
    )

    assert explain(change, was=OLD if kind is MODIFIED else packages("1"), now=now, packaged={}).verdict is (
        told if now is NEW else Verdict.NOT_EXPLAINED
    )


def test_a_directory_whose_mode_rpm_contradicts_is_not_loud(entry) -> None:
    change = Change(
        kind=MODIFIED,
        path=PATH,
        before=entry(PATH, type=FileType.DIRECTORY, mode=0o755),
        after=entry(PATH, type=FileType.DIRECTORY, mode=0o700),
        aspects=(Aspect.MODE,),
    )
    files = packaged(algorithm="sha256", recorded="", found="", mode=0o755)

    told = explain(change, was=RPM_OLD, now=RPM_NEW, packaged=files)

    assert (told.verdict, told.because) == (Verdict.NOT_EXPLAINED, "its mode is 0700 and curl 2 records 0755")


def test_a_package_cannot_vouch_for_a_device(entry) -> None:
    change = Change(kind=ADDED, path=PATH, after=entry(PATH, type=FileType.BLOCK))

    assert explain(change, was=OLD, now=NEW, packaged={}).verdict is Verdict.NOT_EXPLAINED
