"""What the package database says of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.integrity.permissions import Power, gained
from ospatrol.model.change import Aspect, Change, ChangeKind, Explanation, Verdict
from ospatrol.model.files import FileEntry, FileType
from ospatrol.model.packages import PackagedFile, Packages, PackageSystem

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONTENT = frozenset({Aspect.TYPE, Aspect.CONTENT, Aspect.SIZE})
_UNRECORDED = frozenset({Aspect.OWNER, Aspect.GROUP, Aspect.ACL, Aspect.XATTR, Aspect.CAPS, Aspect.SELINUX})
_NO_PACKAGES = Packages()


def explain(
    change: Change, *, was: Packages | None, now: Packages | None, packaged: Mapping[bytes, PackagedFile]
) -> Explanation:
    """The verdict on one change, and why.

    - EXPLAINED: the file has the digest that its package records, and that package has another version than at the
      baseline, or is new since. A deletion is explained if the package that owned the path changed or was removed and
      none owns the path now. A link is explained only if it points to a path of the same changed package, because
      dpkg records nothing of links. A directory is explained if its package changed.
    - CONTRADICTS: the content of an owned file that is no configuration changed or appeared, and is not what the
      package records; or its mode did, where the database records modes (rpm).
    - CONFIG_EDITED: likewise, of a file that the package calls configuration.
    - UNOWNED: no package owns the path, now or at the baseline.
    - NOT_EXPLAINED: all else. So is everything that the database cannot vouch for: a change of owner, group, ACL,
      extended attributes, capabilities or label; a mode that changed alone, or that gained set-uid, set-gid or
      writing for all, where the database records no modes (dpkg).
    - UNKNOWN: there is no package database, or it was not read.

    The database is the host's own: who has root there can forge it, and then also the verdict.

    Args:
        change: Without its explanation.
        was: The packages at the baseline; None if they were not read.
        now: The packages of now; None if they could not be read.
        packaged: What the database says of changed paths that it owns now.
    """
    if now is None:
        return Explanation(because="the package database could not be read")
    if now.system is PackageSystem.NONE:
        return Explanation(because="the host has no package database")
    case = _case(change, was, now, packaged.get(change.path))
    return _deleted(case) if change.after is None else _present(case, change.after)


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    """A change with all that is known of its package.

    Attributes:
        owner: Name of the package that owns the path now; empty if none does.
        was_owner: Likewise, at the baseline.
        was_known: Whether the packages at the baseline are known.
    """

    change: Change
    was: Packages
    now: Packages
    was_known: bool
    owner: str
    was_owner: str
    file: PackagedFile | None

    @property
    def name(self) -> str:
        return self.owner or self.was_owner

    @property
    def was_version(self) -> str:
        return self.was.versions.get(self.name, "")

    @property
    def version(self) -> str:
        return self.now.versions.get(self.name, "")

    @property
    def package(self) -> str:
        return f"{self.name} {self.version}".rstrip()

    @property
    def package_changed(self) -> bool:
        return self.was_known and self.was_version != self.version

    @property
    def touched(self) -> frozenset[Aspect]:
        return frozenset(self.change.aspects)

    @property
    def is_new(self) -> bool:
        return self.change.kind is ChangeKind.ADDED

    def say(self, verdict: Verdict, because: str) -> Explanation:
        return Explanation(
            verdict=verdict,
            because=because,
            package=self.name,
            was_version=self.was_version if self.name else "",
            version=self.version if self.name else "",
        )


def _case(change: Change, was: Packages | None, now: Packages, file: PackagedFile | None) -> _Case:
    was_known = was is not None and was.system is now.system
    before = was if was is not None and was_known else _NO_PACKAGES
    return _Case(
        change=change,
        was=before,
        now=now,
        was_known=was_known,
        owner=file.package if file else now.owners.get(change.path, ""),
        was_owner=before.owners.get(change.path, ""),
        file=file,
    )


def _present(case: _Case, after: FileEntry) -> Explanation:
    if not case.owner:
        return _unowned(case)
    match after.type:
        case FileType.FILE:
            return _file(case, after)
        case FileType.LINK:
            return _link(case, after)
        case FileType.DIRECTORY:
            return _wrong_mode(case, after) or _vouched(case)
        case _:
            return case.say(Verdict.NOT_EXPLAINED, f"{case.package} cannot vouch for what is no file")


def _deleted(case: _Case) -> Explanation:
    if case.owner:
        return case.say(Verdict.NOT_EXPLAINED, f"{case.package} still owns it")
    if not case.was_known:
        return case.say(Verdict.UNKNOWN, "the packages at the baseline are not known")
    if not case.was_owner:
        return case.say(Verdict.UNOWNED, "no package owned it")
    if not case.package_changed:
        return case.say(Verdict.NOT_EXPLAINED, f"{case.package} owned it and has not changed")
    if not case.version:
        return case.say(Verdict.EXPLAINED, f"{case.name} {case.was_version} owned it and was removed")
    return case.say(Verdict.EXPLAINED, f"{case.name} {case.was_version} owned it and {case.version} does not")


def _unowned(case: _Case) -> Explanation:
    if case.was_owner:
        return case.say(Verdict.NOT_EXPLAINED, f"{case.was_owner} owned it at the baseline and no package does now")
    return case.say(Verdict.UNOWNED, "no package owns it")


def _file(case: _Case, after: FileEntry) -> Explanation:
    file = case.file
    found = _digest(file, after) if file else ""
    if file is None or not file.recorded or not found:
        missing = "could not be digested" if file and file.recorded else f"has no digest in {case.package}"
        return case.say(Verdict.NOT_EXPLAINED, f"the file {missing}")
    if found != file.recorded:
        return _other_content(case, file)
    return _wrong_mode(case, after) or _vouched(case)


def _digest(file: PackagedFile, after: FileEntry) -> str:
    """The digest of the very content that changed, if the database's algorithm is the scan's; else the host's."""
    if file.algorithm == "sha256" and file.found and after.content[:1] not in {"-", "!"}:
        return after.content
    return file.found


def _other_content(case: _Case, file: PackagedFile) -> Explanation:
    if not case.is_new and not case.touched & _CONTENT:
        return case.say(Verdict.NOT_EXPLAINED, f"only attributes changed; its content was not {case.package}'s before")
    if file.config:
        return case.say(
            Verdict.CONFIG_EDITED, f"it is a configuration file that differs from what {case.package} ships"
        )
    return case.say(Verdict.CONTRADICTS, f"its {file.algorithm} digest is not the one that {case.package} records")


def _wrong_mode(case: _Case, after: FileEntry) -> Explanation | None:
    file = case.file
    if file is None or file.mode is None or file.mode == after.mode:
        return None
    if not case.is_new and not case.touched & {Aspect.MODE, Aspect.TYPE}:
        return None
    verdict = Verdict.NOT_EXPLAINED if file.config or after.type is not FileType.FILE else Verdict.CONTRADICTS
    return case.say(verdict, f"its mode is {after.mode:04o} and {case.package} records {file.mode:04o}")


def _link(case: _Case, after: FileEntry) -> Explanation:
    target = _resolved(after)
    if case.package_changed and case.now.owners.get(target) != case.owner:
        return case.say(Verdict.NOT_EXPLAINED, f"{case.package} changed, but does not own what the link points to")
    return _vouched(case)


def _vouched(case: _Case) -> Explanation:
    """The last step, for what looks as the package made it."""
    if not case.was_known:
        return case.say(Verdict.NOT_EXPLAINED, "it is as packaged, but the packages at the baseline are not known")
    if not case.package_changed:
        return case.say(Verdict.NOT_EXPLAINED, f"{case.package} has not changed since the baseline")
    doubt = _doubt(case)
    if doubt:
        return case.say(Verdict.NOT_EXPLAINED, f"{case.package} changed, but the database does not record {doubt}")
    if not case.was_version:
        return case.say(Verdict.EXPLAINED, f"it came with {case.package}, which was installed since the baseline")
    return case.say(Verdict.EXPLAINED, f"it came with {case.package}, which was {case.was_version} at the baseline")


def _doubt(case: _Case) -> str:
    """What about the change the database cannot vouch for; empty if it can for all."""
    touched = case.touched
    unrecorded = [aspect for aspect in Aspect if aspect in touched & _UNRECORDED]
    if unrecorded:
        return f"its {unrecorded[0]}"
    won = gained(case.change.before, case.change.after)
    if case.file is not None and case.file.mode is not None:
        won &= {Power.CAPABILITIES}
    if won:
        return f"that it is {' and '.join(sorted(won))}".replace("_", "-")
    records_modes = case.file is not None and case.file.mode is not None
    if touched and touched <= {Aspect.MODE, Aspect.MTIME} and Aspect.MODE in touched and not records_modes:
        return "its mode"
    return ""


def _resolved(link: FileEntry) -> bytes:
    """Where a link points, as an absolute path; by name alone, links on the way are not followed."""
    steps: list[bytes] = []
    whole = link.target if link.target.startswith(b"/") else link.path.rpartition(b"/")[0] + b"/" + link.target
    for step in whole.split(b"/"):
        if step == b"..":
            del steps[-1:]
        elif step not in {b"", b"."}:
            steps.append(step)
    return b"/" + b"/".join(steps)
