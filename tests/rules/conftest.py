from __future__ import annotations

from pathlib import Path

import pytest

from ospatrol.engine.rulebook import Rulebook, read_rulebook

RULES = Path(__file__).parents[2] / "rules"


@pytest.fixture(scope="session")
def shipped() -> Rulebook:
    return read_rulebook([(path.name, path.read_text()) for path in sorted(RULES.glob("*.yml"))])
