"""What the pages about policies show is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from ospatrol.cli.policy_output import formats
from ospatrol.dialect.sca import read_sca
from ospatrol.dialect.waivers import read_waivers
from ospatrol.model.policy import Severity, Status
from ospatrol.patrol.policy_events import FIELDS

DOCS = Path(__file__).parents[2] / "docs"
POLICIES = (DOCS / "policies.md").read_text()
WAIVERS = (DOCS / "waivers.md").read_text()


def test_the_policy_on_the_page_is_read() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", POLICIES, re.DOTALL)

    read = read_sca(block, "policies.md")

    assert read.problems == ()
    assert read.policy is not None
    assert read.policy.checks[0].severity is Severity.HIGH


def test_the_waiver_on_the_page_is_read() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", WAIVERS, re.DOTALL)

    of_a_check, of_a_change = read_waivers(block, "waivers.md")

    assert of_a_check.checks == ("920603",)
    assert of_a_change.paths == ("/srv/app/*",)


def test_every_status_format_and_field_is_on_the_page() -> None:
    assert all(f"| {status.value} |" in POLICIES for status in Status)
    assert all(f"`{name}`" in POLICIES for name in formats())
    assert all(f"`{field}`" in POLICIES for field in FIELDS["policy"])
