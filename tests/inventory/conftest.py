"""What inventory tests share: files from a mapping, and the real `ansible-inventory` as the judge."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ospatrol.inventory.inventory import load_inventory
from ospatrol.model.errors import ConfigErrors

JUDGE = Path(__file__).with_name("ansible_judge.py")


@pytest.fixture
def write_files(tmp_path):
    """Writes files below a folder of their own; a text that begins with `#!` becomes executable."""

    def write(files, below=""):
        for name, text in files.items():
            path = tmp_path / below / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
            if text.startswith("#!"):
                path.chmod(0o755)
        return tmp_path / below

    return write


@pytest.fixture
def inventory_of(write_files, monkeypatch):
    """Loads an inventory from files that are named as they are given; the first one is the source."""

    def load(files, *sources, **options):
        monkeypatch.chdir(write_files(files))
        return load_inventory(sources or [next(iter(files))], **options)

    return load


@pytest.fixture
def mistakes_of(inventory_of):
    """What is refused of an inventory, as text."""

    def refused(files, *sources, **options):
        with pytest.raises(ConfigErrors) as caught:
            inventory_of(files, *sources, **options)
        return [str(error) for error in caught.value.errors]

    return refused


@pytest.fixture(scope="session")
def ansible_inventory():
    """Runs `ansible-inventory` with each of some argument lists, each in a folder: status, output, errors."""
    if importlib.util.find_spec("ansible") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("ansible-core is not installed")
        pytest.skip("ansible-core, the judge, is not installed")

    def run(calls):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", str(JUDGE)],
            input=json.dumps([[str(word) for word in call] for call in calls]),
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "ANSIBLE_LOCALHOST_WARNING": "False", "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8"},
        )
        return json.loads(done.stdout)

    return run
