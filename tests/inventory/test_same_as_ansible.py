"""Inventories with everything that is easy to get wrong, listed by `ansible-inventory` and by us.

A case is a file in `cases/`: the arguments, then the files, each under a line `==> name [executable] [crlf]`.
"""

import json
import re
from pathlib import Path

import pytest

from ospatrol.inventory.inventory import load_inventory

CASES = {path.stem: path for path in sorted(Path(__file__).with_name("cases").glob("*.txt"))}


def lay_out(case, folder):
    """Writes a case's files; its arguments."""
    arguments, *files = re.split(r"^==> ", case.read_text(encoding="utf-8"), flags=re.MULTILINE)
    folder.mkdir()
    for file in files:
        head, text = file.split("\n", 1)
        name, *marks = head.split()
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\r\n" if "crlf" in marks else "\n")
        path.chmod(0o755 if "executable" in marks else 0o644)
    return arguments.split()


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory, ansible_inventory):
    """All cases, listed by Ansible in one go: name -> folder, arguments, status, output and errors."""
    root = tmp_path_factory.mktemp("cases")
    laid_out = {name: (root / name, lay_out(case, root / name)) for name, case in CASES.items()}
    results = ansible_inventory([folder, *arguments, "--list"] for folder, arguments in laid_out.values())
    return {name: (*laid_out[name], *result) for name, result in zip(CASES, results, strict=True)}


@pytest.mark.peer
@pytest.mark.parametrize("name", CASES)
def test_lists_as_ansible_lists(name, verdicts, monkeypatch):
    folder, arguments, status, listed, errors = verdicts[name]
    pairs = list(zip(arguments[::2], arguments[1::2], strict=True))
    options = dict(pairs)
    monkeypatch.chdir(folder)

    inventory = load_inventory(
        [value for option, value in pairs if option == "-i"], playbook_dir=Path(options.get("--playbook-dir", "."))
    )
    mine = inventory.listed(limit=options.get("--limit"))

    assert status == 0, errors
    assert json.loads(json.dumps(mine)) == json.loads(listed)
