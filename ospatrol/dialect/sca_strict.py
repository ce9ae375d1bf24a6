"""What a native policy is refused for and Wazuh would not mind, or not notice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ospatrol.dialect.native_words import all_texts, is_text
from ospatrol.load.fields import unknown_keys
from ospatrol.load.yaml import Lined, LinedList
from ospatrol.model.errors import ConfigError
from ospatrol.model.policy import PolicyRule, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEXTS = ("title", "description", "rationale", "impact", "remediation", "snippet")
_LISTS = ("references", "platforms")
_VARIABLE = re.compile(r"\$[A-Za-z_]\w*", re.ASCII)
_SLIP = re.compile(r" compare ([^&]*?)(?:=[<>]|-[0-9])", re.ASCII)
_LETTER = re.compile(r"(?:not |NOT )? *[fdcpr]:", re.ASCII)


def strict_problems(node: Lined, known: tuple[str, ...]) -> tuple[ConfigError, ...]:
    """Keys of a check that are not known, and values of the wrong sort."""
    problems: list[ConfigError] = []
    unknown_keys(node, known, problems)
    no_text = [key for key in _TEXTS if key in node and not is_text(node[key])]
    no_list = [key for key in _LISTS if key in node and not all_texts(node[key])]
    problems.extend(ConfigError(node.at(key), f"{key}: expected a text") for key in no_text)
    problems.extend(ConfigError(node.at(key), f"{key}: expected a list of texts") for key in no_list)
    if "compliance" in node and not _is_compliance(node["compliance"]):
        sentence = "compliance: expected a list of mappings such as `cis: ['5.2']`, with the numbers in quotes"
        problems.append(ConfigError(node.at("compliance"), sentence))
    return tuple(problems)


def strict_rule_problems(rule: PolicyRule) -> Iterator[str]:
    """What is wrong with a rule."""
    if not _LETTER.match(rule.text):
        yield f"the rule {rule.text!r}: write one of f:, d:, c:, p:, r:"
    if _SLIP.search(rule.text):
        yield f"the rule {rule.text!r}: Wazuh reads `=<` and `=>` as equality, and no minus sign in front of a number"
    if rule.target in {Target.FILE, Target.DIRECTORY}:
        for location in rule.locations:
            found = _VARIABLE.search(location)
            if found:
                yield f"the variable {found[0]!r} is not known"
            if not location or location != location.strip():
                yield f"the rule {rule.text!r}: a path is empty or has blanks around it"


def _is_compliance(node: object) -> bool:
    parts = node if isinstance(node, LinedList) else [node]
    return all(isinstance(part, Lined) and all(map(all_texts, part.values())) for part in parts)
