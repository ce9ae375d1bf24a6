"""Device profiles as they ship, ready to be used; and the corpus of configurations, where it is there."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from ospatrol.integrity.config_profile import ReadyProfile
from ospatrol.load.device_profile import read_device_profile

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT.parent / "shared" / "corpus" / "devices" / "cli"
KEY = b"k" * 32


@cache
def ready(name: str) -> ReadyProfile:
    """The shipped profile of a platform, by any of its names."""
    profiles = [
        read_device_profile(path.read_text(), path.name)
        for path in sorted((ROOT / "playbooks" / "devices").glob("*.yml"))
    ]
    general = next(profile for profile in profiles if profile.platform == "generic")
    found = next((profile for profile in profiles if profile.platform == name), None)
    found = found or next(profile for profile in profiles if name in profile.also)
    return ReadyProfile(found, general)


def platforms() -> list[str]:
    """Of all shipped profiles."""
    return [path.stem for path in sorted((ROOT / "playbooks" / "devices").glob("*.yml")) if path.stem != "generic"]


def need_corpus() -> None:
    """Skip where the corpus is not beside this repository."""
    if not CORPUS.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("../shared/corpus/devices is not beside this repository")
        pytest.skip("../shared/corpus/devices is not beside this repository")


def corpus() -> Iterator[tuple[str, str, str]]:
    """Every configuration of the corpus: platform, path, text."""
    names = {name for platform in platforms() for name in ready(platform).profile.names}
    with (CORPUS / "configs" / "INDEX.tsv").open() as file:
        for row in csv.DictReader(file, delimiter="\t"):
            path = CORPUS / row["path_under_cli"]
            if path.is_file():
                platform = row["platform"] if row["platform"] in names else "cisco_ios"
                yield platform, row["path_under_cli"], path.read_text(encoding="utf-8", errors="replace")
