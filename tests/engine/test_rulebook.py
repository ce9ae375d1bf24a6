from __future__ import annotations

import pytest

from ospatrol.engine.rulebook import read_rulebook
from ospatrol.model.errors import ConfigErrors

BAD = """\
fields:
  integrity: [path]
rules:
  - id: 1
    level: 99
    description: "$(pth)"
    match: {kind: integrity, path: {regex: "(a+)+"}}
  - id: 2
    level: 1
    descripion: d
    match: {path: {regex: "("}}
  - {id: 3, level: 1, description: d, parent: 4}
  - {id: 3, level: 1, description: d, parent: 1}
"""


def test_mistakes_of_form_and_between_rules_come_together() -> None:
    with pytest.raises(ConfigErrors) as caught:
        read_rulebook([("r.yml", BAD)])

    assert [error.problem.split(";")[0] for error in caught.value.errors] == [
        "unknown field $(pth)",
        "the level 99 is not between 0 and 15",
        "path: what is repeated without a bound must not itself repeat or have alternatives",
        "the key 'description' is missing",
        "unknown key 'descripion'",
        "path: not a regular expression: missing ), unterminated subpattern at position 0",
        "the parent 4 of rule 3 does not exist",
        "the rule 3 stands already at r.yml:12",
    ]


def test_rules_of_several_files_may_be_each_other_s_parents() -> None:
    child = "rules: [{id: 2, level: 3, description: c, parent: 1, match: {a: b}}]"
    parent = "rules: [{id: 1, level: 0, description: p, match: {kind: x}}]"

    assert sorted(read_rulebook([("c.yml", child), ("p.yml", parent)]).ruleset.rules) == [1, 2]


def test_mistakes_between_sound_rules_are_told_too() -> None:
    with pytest.raises(ConfigErrors, match="the parent 4 of rule 3 does not exist"):
        read_rulebook([("r.yml", "rules: [{id: 3, level: 1, description: d, parent: 4}]")])


def test_a_file_that_is_no_yaml_causes_no_complaint_about_what_it_may_hold() -> None:
    child = "rules: [{id: 2, level: 3, description: c, parent: 1}]"

    with pytest.raises(ConfigErrors) as caught:
        read_rulebook([("c.yml", child), ("p.yml", "rules: [")])

    assert len(caught.value.errors) == 1
