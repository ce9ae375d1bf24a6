"""What a page shows is what the program does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from ospatrol.collect.registry import find_collectors
from ospatrol.load.play import read_playbook
from ospatrol.model.change import Verdict
from ospatrol.model.files import FileScope
from ospatrol.model.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
COMMAND = re.compile(r"^\$ ospatrol (.+)$", re.MULTILINE)


def keys_of(page: str) -> set[str]:
    return set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / page).read_text(), re.MULTILINE))


def test_every_setting_is_on_its_page_with_its_default() -> None:
    text = (ROOT / "docs/settings.md").read_text()

    for field in msgspec.structs.fields(Settings):
        assert re.search(rf"^\| `{field.name}` \|", text, re.MULTILINE), field.name
        if isinstance(field.default, int | float):
            assert f"| `{field.name}` | `{field.default}` |" in text
    assert keys_of("settings.md") == {field.name for field in msgspec.structs.fields(Settings)}


def test_every_argument_of_the_files_collector_is_on_the_page_of_playbooks() -> None:
    assert keys_of("playbooks.md") >= {field.name for field in msgspec.structs.fields(FileScope)}


def test_every_verdict_is_on_the_page_of_baselines() -> None:
    text = (ROOT / "docs/baselines.md").read_text()

    assert all(f"| {verdict.value} |" in text for verdict in Verdict)


@pytest.mark.parametrize("path", sorted((ROOT / "playbooks").glob("*.yml")), ids=lambda path: path.name)
def test_shipped_playbooks_are_read(path: Path) -> None:
    arguments = {name: collector.arguments for name, collector in find_collectors().items()}

    assert read_playbook(path.read_text(), path.name, arguments)


def plays() -> list[tuple[str, str]]:
    blocks = [
        (page.name, each) for page in PAGES for each in re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)
    ]
    return [(name, block) for name, block in blocks if block.startswith("- ") and "tasks:" in block]


@pytest.mark.parametrize(("name", "block"), plays())
def test_plays_on_pages_are_read(name: str, block: str) -> None:
    assert read_playbook(block, name, {name: each.arguments for name, each in find_collectors().items()})


def test_every_collector_has_a_play_on_a_page() -> None:
    text = "".join(block for _, block in plays())

    assert [name for name in find_collectors() if not re.search(rf"\b{name}:", text)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_command_on_a_page_exists_with_its_options(page: Path) -> None:
    from click import Group

    from ospatrol.cli.main import cli

    for line in COMMAND.findall(page.read_text()):
        words = line.split("#")[0].split()
        command = cli
        while isinstance(command, Group) and words and not words[0].startswith("-"):
            name = words.pop(0)
            found = command.get_command(command.make_context("ospatrol", [], resilient_parsing=True), name)
            assert found is not None, line
            command = found
        options = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h", "--version"}
        assert {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)} <= options, line


def test_the_help_in_the_readme_is_the_real_one() -> None:
    shown = re.search(
        r"<!-- help -->\n```console\n\$ ospatrol --help\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
    )
    environment = {"PATH": "/usr/bin:/bin", "COLUMNS": "100"}
    real = subprocess.run(
        [sys.executable, "-m", "ospatrol.cli.main", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    ).stdout

    assert shown is not None
    assert shown[1] == real


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target
