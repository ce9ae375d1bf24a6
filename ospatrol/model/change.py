"""Differences between what was approved or last seen and what is."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from ospatrol.model.files import FileEntry


class ChangeKind(StrEnum):
    """What happened to an entry."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"


class Aspect(StrEnum):
    """What of a modified entry differs."""

    TYPE = "type"
    CONTENT = "content"
    MODE = "mode"
    OWNER = "owner"
    GROUP = "group"
    TARGET = "target"
    SIZE = "size"
    MTIME = "mtime"
    ACL = "acl"
    XATTR = "xattr"
    CAPS = "caps"
    SELINUX = "selinux"


class Verdict(StrEnum):
    """What the package database says of a change."""

    EXPLAINED = "explained"
    CONTRADICTS = "contradicts package"
    CONFIG_EDITED = "config file edited"
    UNOWNED = "unowned"
    NOT_EXPLAINED = "not explained"
    UNKNOWN = "not assessed"


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict and how it came about.

    Attributes:
        verdict: What the package database says.
        because: One sentence.
        package: The owner, where there is one.
        was_version: The owner's version at the baseline; empty where it was not installed.
        version: The owner's version now; empty where it is gone.
    """

    verdict: Verdict = Verdict.UNKNOWN
    because: str = ""
    package: str = ""
    was_version: str = ""
    version: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference, with its explanation.

    Attributes:
        kind: What happened.
        path: Raw bytes, absolute.
        before: The entry that was; None where it is added.
        after: The entry that is; None where it is deleted.
        aspects: What differs, for a modified entry, in the order of Aspect.
        explanation: What the package database says.
        text_diff: A unified diff of scrubbed content, where content is kept.
    """

    kind: ChangeKind
    path: bytes
    before: FileEntry | None = None
    after: FileEntry | None = None
    aspects: tuple[Aspect, ...] = ()
    explanation: Explanation = msgspec.field(default_factory=Explanation)
    text_diff: str = ""
