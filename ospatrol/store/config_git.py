"""The `git` program as the history needs it: a repository of its own, and nothing of the user's own git in it."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from ospatrol.model.errors import StoreError
from ospatrol.model.text import escape_controls

_LIMIT_S = 300.0
_SHOWN = 300
_LEFT_BEHIND = ("*.lock", "refs/*/*.lock", "objects/pack/tmp_*", "fast_import_crash_*")
# No hook, signature, filter, pager or network of the user's; files for their owner only; each write reaches the disk.
_SETTINGS = (
    *("core.hooksPath=/dev/null", "core.attributesFile=/dev/null", "core.fsmonitor=false", "core.pager=cat"),
    *(
        "core.sharedRepository=0600",
        "core.fsync=committed,reference",
        "core.quotePath=true",
        "core.logAllRefUpdates=false",
    ),
    *("commit.gpgSign=false", "log.showSignature=false", "gc.auto=6700", "gc.autoDetach=false", "protocol.allow=never"),
    *("maintenance.auto=false", "feature.manyFiles=false", "fetch.writeCommitGraph=false"),
)
# What a person's shell may say of git (GIT_DIR, GIT_AUTHOR_NAME, ...) must not reach it.
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}


class Git:
    """One bare repository; every method blocks.

    Args:
        folder: The repository's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def exists(self) -> bool:
        """Whether there is a repository."""
        return (self.folder / "HEAD").is_file()

    def create(self) -> None:
        """Make the repository, empty.

        Raises:
            StoreError: git is missing, or it cannot be made.
        """
        self._run(["init", "--quiet", "--bare", "--initial-branch=main", "--template=", str(self.folder)])

    def unlock(self) -> None:
        """Take away what a git left that was killed or found the disk full: its locks, and its half files.

        What is younger may be of one that runs: none is waited for longer than that.
        """
        for pattern in _LEFT_BEHIND:
            for path in self.folder.glob(pattern):
                with suppress(OSError):
                    if time.time() - path.stat().st_mtime > _LIMIT_S:
                        path.unlink()

    def run(self, *words: str, given: bytes = b"") -> bytes:
        """What git prints.

        Args:
            words: The command; no word of it is a path or a name that git could take for an option.
            given: Its standard input.

        Raises:
            StoreError: git is missing, fails, or takes minutes.
        """
        return self._run([f"--git-dir={self.folder}", "--literal-pathspecs", *words], given)

    def _run(self, words: list[str], given: bytes = b"") -> bytes:
        settings = [word for setting in _SETTINGS for word in ("-c", setting)]
        environment = {**_ENVIRONMENT, "PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.folder)}
        try:
            done = subprocess.run(
                ["git", *settings, *words],  # noqa: S607  # whichever git is installed
                input=given,
                capture_output=True,
                env=environment,
                timeout=_LIMIT_S,
                check=False,
            )
        except FileNotFoundError as error:
            raise StoreError("git is not installed; the history of configurations is kept with it") from error
        except OSError as error:
            raise StoreError(f"git cannot be run: {error.strerror}") from error
        except subprocess.TimeoutExpired as error:
            raise StoreError(f"{self.folder}: git did not finish within {_LIMIT_S:g} s") from error
        if done.returncode:
            said = escape_controls(done.stderr.decode("utf-8", "replace").strip(), _SHOWN)
            raise StoreError(f"{self.folder}: git {words[-1] if len(words) == 1 else words[2]} failed: {said}")
        return done.stdout
