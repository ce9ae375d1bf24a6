"""The history of devices' configurations: a git repository a workspace, a folder a device, a file a capture.

All devices share the branch `main`, so that any tool that knows git can show them. Beside it each device has a chain of
commits of its own, below `refs/devices/`, so that its history is as quick to read among a thousand as alone.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from ospatrol.model.errors import StoreError
from ospatrol.model.text import escape_controls
from ospatrol.store.config_git import Git
from ospatrol.store.facts import folder_name
from ospatrol.store.folder import prepare

FOLDER = "configs.git"
"""Of the repository, below the state folder."""
_MAIN = "refs/heads/main"
_DEVICES = "refs/devices"
_SUFFIX = ".cfg"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_TRAILER = re.compile(r"^(Run|Task|Changed-By|Digest-[a-z0-9_-]+): (.*)$", re.MULTILINE)
_RECORD, _FIELD = "\x1e", "\x1f"
_FORMAT = "%x1e%H%x1f%ct%x1f%an%x1f%B"
_TIDIED_EVERY = 500
_BLAME_HEAD = re.compile(rb"([0-9a-f]{40,64}) \d+ (\d+)")
_TEXT_LIMIT = 200


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What is written down with a revision.

    Attributes:
        host: The inventory name.
        at: When it was captured: seconds since the epoch, UTC.
        run: The run's id.
        task: The task's name.
        author: Who ran it.
        subject: What changed, in a line.
        changed_by: Who changed the device, as it says; empty where it does not.
        digests: Of each text that is kept, by the capture's name: SHA-256 in hexadecimal.
    """

    host: str
    at: float
    run: str
    task: str
    author: str
    subject: str
    changed_by: str = ""
    digests: Mapping[str, str] = msgspec.field(default_factory=dict)


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """One state of a device that is kept.

    Attributes:
        id: Of the commit.
        note: As it was written down; its host is empty.
    """

    id: str
    note: Note


class BlamedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a configuration, and the revision that brought it."""

    line: int
    text: str
    revision: Revision


class ConfigHistory:
    """The history of a workspace; every method blocks, may be called from any thread, and raises `StoreError`.

    Args:
        state: The state folder.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._git = Git(state / FOLDER)
        self._lock = threading.Lock()
        self._not_tidied = _TIDIED_EVERY

    def append(self, note: Note, texts: Mapping[str, str]) -> str:
        """Keep the texts of a device's captures in place of those before; the new revision's id.

        It is all there, or not at all, and survives a power cut. Captures that are not given stay as they were.

        Args:
            note: What is written down.
            texts: By the capture's name; normalised, without secrets.
        """
        with self._lock:
            if not self._git.exists:
                prepare(self._state)
                self._git.create()
            self._git.unlock()
            self._git.run("fast-import", "--quiet", "--date-format=raw", given=self._stream(note, texts))
            self._not_tidied += 1
            if self._not_tidied >= _TIDIED_EVERY:
                self._tidy()
            return self._head(_branch(note.host))

    def text(self, host: str, capture: str, revision: str = "") -> str | None:
        """A text that is kept; None if there is none.

        Args:
            host: The inventory name.
            capture: The capture's name.
            revision: The id of a revision of this device; the newest otherwise.
        """
        if not self._git.exists:
            return None
        asked = f"{revision or _branch(host)}:{_file(capture)}\n"
        said = self._git.run("cat-file", "--batch", given=asked.encode())
        head, _, body = said.partition(b"\n")
        words = head.split()
        if len(words) != 3 or words[1] != b"blob":
            return None
        return body[: int(words[2])].decode("utf-8", "replace")

    def revisions(self, host: str, capture: str = "", limit: int = 0) -> tuple[Revision, ...]:
        """The states of a device, newest first.

        Args:
            host: The inventory name.
            capture: Only those that changed this one; any otherwise.
            limit: How many; all otherwise.
        """
        if not self._git.exists or not self._head(_branch(host)):
            return ()
        counted = [f"--max-count={limit}"] if limit else []
        paths = [_file(capture)] if capture else []
        said = self._git.run("log", f"--format={_FORMAT}", *counted, _branch(host), "--", *paths)
        return tuple(_revision(record) for record in said.decode("utf-8", "replace").split(_RECORD)[1:])

    def blame(self, host: str, capture: str, revision: str = "") -> tuple[BlamedLine, ...]:
        """Every line of a text with the revision that brought it."""
        if self.text(host, capture, revision) is None:
            return ()
        known = {each.id: each for each in self.revisions(host, capture)}
        said = self._git.run("blame", "--porcelain", revision or _branch(host), "--", _file(capture))
        lines: list[BlamedLine] = []
        found: re.Match[bytes] | None = None
        for raw in said.split(b"\n"):
            if not raw.startswith(b"\t"):
                found = _BLAME_HEAD.match(raw) or found
            elif found is not None:
                text = raw[1:].decode("utf-8", "replace")
                lines.append(BlamedLine(line=int(found[2]), text=text, revision=known[found[1].decode()]))
        return tuple(lines)

    def hosts(self) -> tuple[str, ...]:
        """The folders of all devices that are kept, as `folder_name` names them."""
        if not self._git.exists or not self._head(_MAIN):
            return ()
        said = self._git.run("ls-tree", "--name-only", "-z", _MAIN)
        return tuple(name for name in said.decode("utf-8", "replace").split("\0") if name)

    def _head(self, branch: str) -> str:
        return self._git.run("for-each-ref", "--format=%(objectname)", branch).decode().strip()

    def _stream(self, note: Note, texts: Mapping[str, str]) -> bytes:
        """Both commits as git-fast-import(1) reads them."""
        own = {_file(name): text for name, text in texts.items()}
        shared = {f"{folder_name(note.host)}/{name}": text for name, text in own.items()}
        return self._commit(_branch(note.host), note, own) + self._commit(_MAIN, note, shared)

    def _commit(self, branch: str, note: Note, files: Mapping[str, str]) -> bytes:
        before, at = self._head(branch), int(note.at)
        message, author = _message(note).encode("utf-8", "replace"), _person(note.author)
        parts = [
            f"commit {branch}\n".encode(),
            f"author {author} <{author.replace(' ', '-')}@ospatrol.invalid> {at} +0000\n".encode(),
            f"committer OSPatrol <ospatrol@ospatrol.invalid> {at} +0000\n".encode(),
            f"data {len(message)}\n".encode() + message + b"\n",
        ]
        if before:
            parts.append(f"from {before}\n".encode())
        for path, text in sorted(files.items()):
            body = text.encode("utf-8", "replace")
            parts.append(f"M 100644 inline {path}\ndata {len(body)}\n".encode() + body + b"\n")
        return b"".join(parts)

    def _tidy(self) -> None:
        """Pack what has piled up; a failure of it loses nothing."""
        self._not_tidied = 0
        try:
            self._git.run("gc", "--auto", "--quiet")
        except StoreError:  # the history is whole without it, only larger
            self._not_tidied = _TIDIED_EVERY // 2


def _branch(host: str) -> str:
    """The chain of a device; no name of a host is one that git could refuse, or take for another."""
    return f"{_DEVICES}/{sha256(host.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}"


def _file(capture: str) -> str:
    if not _NAME.fullmatch(capture):
        raise StoreError(f"{capture!r} is no name of a capture")
    return f"{capture}{_SUFFIX}"


def _person(name: str) -> str:
    kept = "".join(char for char in name if char.isprintable() and char not in "<>").strip()
    return kept[:_TEXT_LIMIT] or "unknown"


def _line(text: str) -> str:
    return escape_controls(text, _TEXT_LIMIT)


def _message(note: Note) -> str:
    lines = [f"{_line(note.host)}: {_line(note.subject)}", "", f"Run: {_line(note.run)}", f"Task: {_line(note.task)}"]
    if note.changed_by:
        lines.append(f"Changed-By: {_line(note.changed_by)}")
    lines += [f"Digest-{name}: {digest}" for name, digest in sorted(note.digests.items())]
    return "\n".join(lines) + "\n"


def _revision(record: str) -> Revision:
    commit, at, author, message = record.split(_FIELD, 3)
    trailers = dict(_TRAILER.findall(message))
    digests = {name.removeprefix("Digest-"): value for name, value in trailers.items() if name.startswith("Digest-")}
    subject = message.partition("\n")[0].partition(": ")[2]
    return Revision(
        id=commit,
        note=Note(
            host="",
            at=float(at),
            run=trailers.get("Run", ""),
            task=trailers.get("Task", ""),
            author=author,
            subject=subject,
            changed_by=trailers.get("Changed-By", ""),
            digests=digests,
        ),
    )
