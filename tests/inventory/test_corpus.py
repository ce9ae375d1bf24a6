"""Real inventories, and what `ansible-inventory --list` printed for each."""

import json
import os
from pathlib import Path

import pytest

from ospatrol.inventory.inventory import load_inventory

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus" / "inventories"
CASES = sorted(path.parent.name for path in CORPUS.glob("*/expected.json"))


def test_the_corpus_is_there():
    if not CASES and os.environ.get("CI") != "true":
        pytest.skip("../shared/corpus/inventories is not beside this repository")

    assert CASES


@pytest.mark.parametrize("case", CASES)
def test_a_real_inventory_lists_as_ansible_lists_it(case, tmp_path, monkeypatch):
    folder = CORPUS / case
    index = {entry["case"]: entry["inventory"] for entry in json.loads((CORPUS / "index.json").read_text())}
    expected = (folder / "expected.json").read_text().replace("{{INVENTORY_DIR}}", str(folder / "inventory"))
    monkeypatch.chdir(tmp_path)

    listed = load_inventory([str(folder / index[case])], playbook_dir=Path()).listed()

    assert json.loads(json.dumps(listed)) == json.loads(expected)
