from __future__ import annotations

from pathlib import Path

import pytest

from ospatrol.model.errors import ConfigError, ConfigErrors
from ospatrol.model.host import NetworkOs
from ospatrol.patrol.config_profiles import GENERAL, ProfileLibrary
from ospatrol.transport.device_platforms import PLATFORMS
from ospatrol.transport.device_policy import refusal

OWN = "platform: acme_os\nalso: [acme]\ncaptures:\n  - {name: running, command: show run}\n"


def test_every_network_platform_has_a_profile() -> None:
    library = ProfileLibrary(Path("nowhere"))

    assert [os for os in NetworkOs if library.named(os.value) is None] == []


def test_every_command_of_a_profile_only_reads_on_its_platform() -> None:
    """A platform may refuse one of two commands, as PIX does not know `more`, but never all of them."""
    commands = ProfileLibrary(Path("nowhere")).commands()
    library = ProfileLibrary(Path("nowhere"))
    refused = []
    for os in NetworkOs:
        profile = library.named(os.value)
        assert profile
        for capture in profile.captures:
            words = [word for word in (capture.command, capture.otherwise) if word]
            assert set(words) <= commands[os.value]
            if capture.name == "running" and all(refusal(word, PLATFORMS[os]) for word in words):
                refused.append((os, capture.command, refusal(capture.command, PLATFORMS[os])))

    assert refused == []


def test_a_profile_of_the_workspace_wins_over_the_one_that_ships(tmp_path: Path) -> None:
    (tmp_path / "acme.yml").write_text(OWN)
    (tmp_path / "ios.yml").write_text(OWN.replace("acme_os", "cisco_ios").replace("also: [acme]\n", "also: [ios]\n"))
    (tmp_path / "README.md").write_text("not a profile")
    library = ProfileLibrary(tmp_path)

    assert library.ready("acme").profile.platform == "acme_os"
    assert library.named("ios").captures[0].command == "show run"
    assert library.ready("ios") is library.ready("cisco_ios")
    assert library.named(GENERAL) is None


def test_all_mistakes_of_all_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(OWN)
    (tmp_path / "b.yml").write_text(OWN)
    (tmp_path / "c.yml").write_text("nonsense: 1\n")
    (tmp_path / "d.yml").write_bytes(b"\xff\xfe")
    (tmp_path / "e.yaml").mkdir()

    with pytest.raises(ConfigErrors) as caught:
        ProfileLibrary(tmp_path).open()

    said = str(caught.value)
    for part in (
        "a.yml is a profile of 'acme_os' too",
        "c.yml:1: unknown key 'nonsense'",
        "d.yml: cannot be read",
        "e.yaml: cannot be read",
    ):
        assert part in said


def test_a_pattern_that_cannot_be_used_is_told_when_the_profile_is(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(OWN + "volatile: ['(', 'fine']\n")

    with pytest.raises(ConfigErrors, match=r"a\.yml:5: the pattern"):
        ProfileLibrary(tmp_path).ready("acme_os")
    with pytest.raises(ConfigError, match="no device profile has the name 'acme_o'; did you mean 'acme_os'"):
        ProfileLibrary(tmp_path).ready("acme_o")
