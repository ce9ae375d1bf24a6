"""What is mounted, and where files of this host itself lie: proc(5), else mount(8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ospatrol.collect.state_reading import Reading, Source, command, file, shown
from ospatrol.model.coverage import Reason
from ospatrol.model.facts import Facts, Question, State

MOUNTS = file("/proc/self/mounts")
_MOUNT = command("mount")
CONTAINERS = (
    "/var/lib/docker",
    "/var/lib/containers",
    "/var/lib/containerd",
    "/var/lib/kubelet",
    "/var/lib/lxd",
    "/var/lib/incus",
    "/var/snap/lxd",
    "/var/lib/snapd",
    "/snap",
)
"""Where other systems lie, or parts of them that come and go."""

_PASSING = (*CONTAINERS, "/run/user", "/run/credentials", "/run/netns", "/run/docker", "/run/containerd", "/run/snapd")
_LOCAL = frozenset(
    (
        "apfs", "bcachefs", "btrfs", "devtmpfs", "ext2", "ext3", "ext4", "f2fs", "ffs", "hfs", "jfs", "nilfs2",
        "overlay", "ramfs", "reiserfs", "tmpfs", "ufs", "vfat", "xfs", "zfs",
    )
)  # fmt: skip
_UNMOVED = frozenset({"autofs", "nsfs", "fuse.portal", "fuse.gvfsd-fuse"})
_SIZES = re.compile(r"(?:size|nr_inodes|nr_blocks|lowerdir|upperdir|workdir|fd|pgrp|timeout|pipe_ino)=.*")
_BSD_LINE = re.compile(r"(.{1,500}?) on (/.{0,500}?) (?:type (\S{1,50}) )?\(([^()]{0,1000})\)")
_OCTAL = re.compile(r"\\([0-7]{3})")


class Mount(NamedTuple):
    """One file system as it is mounted; a byte a character."""

    source: str
    path: str
    type: str
    options: tuple[str, ...]

    @property
    def holds_programs(self) -> bool:
        """Whether files of this host lie there that may run as somebody else."""
        return (self.type in _LOCAL or self.path == "/") and "nosuid" not in self.options and not self.passing

    @property
    def passing(self) -> bool:
        """Whether it comes and goes by itself."""
        return self.type in _UNMOVED or any(self.path == each or self.path.startswith(f"{each}/") for each in _PASSING)


def asks(facts: Facts) -> Iterator[Question]:
    """What to ask for mounts."""
    yield MOUNTS
    answer = facts.answers.get(MOUNTS)
    if answer is not None and answer.state is State.MISSING:
        yield _MOUNT


def mounts(facts: Facts) -> list[Mount] | None:
    """What is mounted; None if the host has not told."""
    answer = facts.answer(MOUNTS)
    if answer.state is State.OK:
        return [mount for line in answer.content.split("\n") if (mount := _of_kernel(line))]
    said = facts.answer(_MOUNT)
    if said.state is State.OK and said.status == 0:
        return [mount for line in said.content.split("\n") if (mount := _of_program(line))]
    return None


def _of_kernel(line: str) -> Mount | None:
    words = line.split(" ")
    if len(words) < 4:
        return None
    source, path = (_OCTAL.sub(lambda code: chr(int(code[1], 8) & 0xFF), word) for word in words[:2])
    return Mount(source, path, words[2], tuple(words[3].split(",")))


def _of_program(line: str) -> Mount | None:
    found = _BSD_LINE.fullmatch(line.strip())
    if not found:
        return None
    options = tuple(word.strip() for word in found[4].split(","))
    return Mount(found[1], found[2], found[3] or options[0], options)


def _reads(reading: Reading) -> None:
    found = mounts(reading.facts)
    if found is None:
        reading.miss(Reason.NO_TOOL, "neither /proc/self/mounts nor mount")
        return
    for mount in found:
        if not mount.passing:
            options = ",".join(sorted(option for option in mount.options if not _SIZES.fullmatch(option)))
            told = {
                "source": reading.masked(mount.source),
                "type": shown(mount.type),
                "options": reading.masked(options),
            }
            reading.add_shown(shown(mount.path), **told)


MOUNT_POINTS = Source(asks=asks, reads=_reads)
