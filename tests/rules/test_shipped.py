from __future__ import annotations

import re
from pathlib import Path

from ospatrol.dialect.native import read_native
from ospatrol.engine.judge import judge
from ospatrol.engine.rulebook import Rulebook
from ospatrol.engine.selftest import run_tests, untested
from ospatrol.integrity import config_events, esxi_guests, events, notices, state_events
from ospatrol.integrity.events import event_of
from ospatrol.model.change import Change, ChangeKind, Explanation, Verdict
from ospatrol.model.files import FileEntry, FileType
from ospatrol.patrol import policy_events, rootkit_events

RULES = Path(__file__).parents[2] / "rules"


def test_every_shipped_rule_passes_its_own_tests(shipped: Rulebook) -> None:
    failed = [str(outcome) for outcome in run_tests(shipped.ruleset, shipped.tests) if not outcome.passed]

    assert failed == []
    assert len(shipped.tests) > 100


def test_every_shipped_rule_has_events_that_fire_it_and_events_that_do_not(shipped: Rulebook) -> None:
    assert untested(shipped.ruleset, shipped.tests) == ()


def test_shipped_ids_stay_in_their_range(shipped: Rulebook) -> None:
    assert [rule for rule in shipped.ruleset.rules if not 910000 <= rule <= 910999] == []


def test_rules_declare_exactly_the_fields_that_events_have() -> None:
    native = read_native([(path.name, path.read_text()) for path in sorted(RULES.glob("*.yml"))])

    assert {kind: sorted(names) for kind, names in native.fields.items()} == {
        kind: sorted(names)
        for kind, names in {
            events.KIND: events.FIELDS,
            config_events.KIND: config_events.FIELDS,
            **notices.FIELDS,
            **policy_events.FIELDS,
            **rootkit_events.FIELDS,
            **state_events.FIELDS,
            **esxi_guests.FIELDS,
        }.items()
    }


def test_every_rule_that_raises_alerts_says_what_it_is_about(shipped: Rulebook) -> None:
    silent = [rule.id for rule in shipped.ruleset.rules.values() if "$(" not in rule.description and rule.level]

    assert silent == []


def test_the_readme_lists_every_rule_file() -> None:
    readme = (RULES / "README.md").read_text()

    assert [path.name for path in RULES.glob("*.yml") if path.name not in readme] == []


def test_the_task_guide_shows_rules_that_load_and_pass() -> None:
    guide = (RULES.parent / "docs" / "rules.md").read_text()
    shown = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    from ospatrol.engine.rulebook import read_rulebook

    files = [(path.name, path.read_text()) for path in sorted(RULES.glob("*.yml"))]
    books = [read_rulebook([*files, (f"docs/rules.md#{number}", text)]) for number, text in enumerate(shown)]

    assert len(books) >= 3
    assert [str(o) for book in books for o in run_tests(book.ruleset, book.tests) if not o.passed] == []


def test_an_added_set_uid_file_that_nobody_owns_is_critical_end_to_end(shipped: Rulebook) -> None:
    entry = FileEntry(
        path=b"/usr/bin/\x1b[2Jsh",
        type=FileType.FILE,
        mode=0o4755,
        uid=0,
        gid=0,
        size=1,
        mtime="1",
        ctime="1",
        inode=1,
        links=1,
        device=1,
        content="a" * 64,
    )
    change = Change(
        kind=ChangeKind.ADDED,
        path=entry.path,
        after=entry,
        explanation=Explanation(verdict=Verdict.UNOWNED, because="no package owns it"),
    )

    alert = judge(shipped.ruleset, event_of(change, host="web1", at=1.0, location="files:system"))

    assert alert is not None
    assert (alert.rule, alert.level) == (910112, 14)
    assert alert.description == r"New set-uid file /usr/bin/\x1b[2Jsh that no package owns (mode 4755, uid 0)"
