# ruff: noqa: E402, C901, PLR0911 - pySigma may be absent, and a reference is read best in one piece
"""SigmaHQ's rules, and their verdicts compared with those of an evaluation that knows nothing of ours."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from ipaddress import ip_address
from itertools import islice
from pathlib import Path

import pytest

from ospatrol.dialect.sigma import read_sigma
from ospatrol.dialect.sigma_names import LogSource, names_of
from ospatrol.dialect.sigma_sources import REGISTRY_TYPES, WINDOWS_CATEGORIES, WINDOWS_PROVIDERS, WINDOWS_SERVICES
from ospatrol.engine.compile import compile_rules
from ospatrol.engine.condition import compile_condition
from ospatrol.model.event import Event
from ospatrol.model.rule import Rule

pytestmark = pytest.mark.no_cover

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "sigma"

if not os.environ.get("CI"):
    pytest.importorskip("sigma", reason="pySigma is not installed")
    if not CORPUS.is_dir():
        pytest.skip(f"{CORPUS} is not there", allow_module_level=True)

from sigma.collection import SigmaCollection
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.rule import SigmaRule
from sigma.types import (
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SpecialChars,
)

FIELDS = ("Channel", "EventID", "EventType", "Provider_Name")
PYTHON_FLAGS = {
    SigmaRegularExpressionFlag.IGNORECASE: re.IGNORECASE,
    SigmaRegularExpressionFlag.MULTILINE: re.MULTILINE,
    SigmaRegularExpressionFlag.DOTALL: re.DOTALL,
}


@cache
def files() -> tuple[tuple[str, str], ...]:
    return tuple(
        (path.relative_to(CORPUS).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(CORPUS.rglob("*.yml"))
    )


@cache
def loaded() -> Mapping[str, Rule]:
    return {rule.place.path: rule for rule in read_sigma(files()).rules}


# --- what pySigma's tree says of an event, in as few words as possible ---


def holds(node: object, fields: Mapping[str, str], log: str, windows: bool) -> bool:
    match node:
        case ConditionAND():
            return all(holds(part, fields, log, windows) for part in node.args)
        case ConditionOR():
            return any(holds(part, fields, log, windows) for part in node.args)
        case ConditionNOT():
            return not holds(node.args[0], fields, log, windows)
        case ConditionFieldEqualsValueExpression():
            return compares(node.value, fields.get(node.field.lower()), windows)
        case ConditionValueExpression():
            return bool(re.search(expression(node.value), log, flags_of(node.value)))
    raise AssertionError(node)


def compares(value: object, actual: str | None, windows: bool) -> bool:
    match value:
        case SigmaNull():
            return actual is None
        case SigmaExists():
            return (actual is not None) is value.exists
        case SigmaExpansion():
            return any(compares(each, actual, windows) for each in value.values)
    if actual is None:
        return windows and isinstance(value, SigmaString) and value.s in ([], ["-"])
    match value:
        case SigmaString():
            return bool(re.fullmatch(expression(value), actual, flags_of(value)))
        case SigmaBool():
            return actual.lower() == str(value).lower()
        case SigmaNumber():
            return actual == str(value)
        case SigmaCIDRExpression():
            try:
                return ip_address(actual) in value.network
            except ValueError:
                return False
        case SigmaRegularExpression():
            flags = 0
            for flag in value.flags:
                flags |= PYTHON_FLAGS[flag]
            return bool(re.search(str(value.regexp), actual, flags))
    raise AssertionError(value)


def expression(value: object) -> str:
    if isinstance(value, SigmaNumber):
        return re.escape(str(value))
    assert isinstance(value, SigmaString)
    wild = {SpecialChars.WILDCARD_MULTI: ".*", SpecialChars.WILDCARD_SINGLE: "."}
    return "".join(re.escape(part) if isinstance(part, str) else wild[part] for part in value.s)


def flags_of(value: object) -> re.RegexFlag:
    return re.DOTALL if isinstance(value, SigmaCasedString) else re.DOTALL | re.IGNORECASE


# --- events made of a rule's own values ---


class Wanted:
    """What an event must have: texts to begin, contain, end with, or be."""

    def __init__(self) -> None:
        self.parts: dict[str, list[list[object]]] = {}
        self.log: list[str] = []
        self.unwished: set[str] = set()

    def field(self, name: str, value: object, turn: int) -> None:
        match value:
            case SigmaExpansion():
                self.field(name, value.values[turn % len(value.values)], turn)
            case SigmaString():
                self.parts.setdefault(name, []).append(list(value.s))
            case SigmaNumber() | SigmaBool():
                self.parts.setdefault(name, []).append([str(value)])
            case SigmaCIDRExpression():
                self.parts.setdefault(name, []).append([str(value.network.network_address)])
            case SigmaRegularExpression():
                self.parts.setdefault(name, []).append([sample(re._parser.parse(str(value.regexp)), turn)])
            case SigmaExists() if value.exists:
                self.parts.setdefault(name, [])

    def fields(self) -> dict[str, str]:
        there = {name: together(parts) for name, parts in self.parts.items()}
        return {**dict.fromkeys(sorted(self.unwished), "zzz"), **there}


def together(parts: list[list[object]]) -> str:
    """One text that meets as many patterns as can be: those tied to the front first, those to the end last."""
    many = SpecialChars.WILDCARD_MULTI

    def rank(part: list[object]) -> int:
        begins, ends = bool(part) and part[0] is not many, bool(part) and part[-1] is not many
        return {(True, True): 0, (True, False): 1, (False, False): 2, (False, True): 3}[begins, ends]

    whole = [part for part in parts if rank(part) == 0] if parts else []
    chosen = whole[:1] or sorted(parts, key=rank)
    return "".join("x" if piece is SpecialChars.WILDCARD_SINGLE else piece if isinstance(piece, str) else " "
                   for part in chosen for piece in part)  # fmt: skip


def sample(parsed: object, turn: int) -> str:
    """A text that a regular expression without looks matches."""
    return "".join(sample_part(str(name), argument, turn) for name, argument in parsed)


def sample_part(name: str, argument: object, turn: int) -> str:
    match name:
        case "LITERAL":
            return chr(argument)
        case "NOT_LITERAL" | "ANY":
            return "y" if argument != ord("y") else "z"
        case "IN":
            return sample_class(argument)
        case "BRANCH":
            return sample(argument[1][turn % len(argument[1])], turn)
        case "SUBPATTERN":
            return sample(argument[-1], turn)
        case "MAX_REPEAT" | "MIN_REPEAT":
            return sample(argument[2], turn) * max(argument[0], min(argument[1], turn % 2))
        case _:
            return ""


def sample_class(items: list[tuple[object, object]]) -> str:
    names = [(str(name), argument) for name, argument in items]
    pattern = {"CATEGORY_SPACE": " ", "CATEGORY_DIGIT": "7", "CATEGORY_WORD": "w", "CATEGORY_NOT_WORD": ";"}
    if names[0][0] == "NEGATE":
        return "q"
    name, argument = names[0]
    if name == "RANGE":
        return chr(argument[0])
    return pattern.get(str(argument), "k") if name == "CATEGORY" else chr(argument)


def want(node: object, wanted: Wanted, turn: int, *, wish: bool = True) -> None:
    match node:
        case ConditionNOT():
            want(node.args[0], wanted, turn, wish=not wish)
        case ConditionAND() | ConditionOR():
            if isinstance(node, ConditionAND) is wish:
                for part in node.args:
                    want(part, wanted, turn, wish=wish)
            else:
                want(node.args[turn % len(node.args)], wanted, turn, wish=wish)
        case ConditionFieldEqualsValueExpression() if wish:
            wanted.field(node.field.lower(), node.value, turn)
        case ConditionFieldEqualsValueExpression() if turn % 4 != 1:
            wanted.unwished.add(node.field.lower())
        case ConditionValueExpression() if wish:
            wanted.log.append(re.sub(r"\\(.)", r"\1", expression(node.value)).replace(".*", " "))


def selected(source: LogSource) -> dict[str, str]:
    """Fields by which an event is of a source."""
    fields: dict[str, str] = {}
    if source.windows and source.service in WINDOWS_SERVICES:
        fields["channel"] = WINDOWS_SERVICES[source.service][0]
    if source.windows and source.category in WINDOWS_CATEGORIES:
        channels, events = WINDOWS_CATEGORIES[source.category][0]
        fields |= {"channel": channels[0], "eventid": str(events[0])}
    if source.windows and source.category in REGISTRY_TYPES:
        fields["eventtype"] = REGISTRY_TYPES[source.category][0]
    if source.windows and source.category in WINDOWS_PROVIDERS:
        fields["provider_name"] = WINDOWS_PROVIDERS[source.category][0]
    return fields


def event_of(fields: Mapping[str, str], log: str, source: LogSource) -> Event:
    category = {"webserver": "web-log", "proxy": "squid"}.get(source.category, "syslog")
    program = {"sshd": "sshd", "sudo": "sudo", "clamav": "clamd", "auth": "su", "cron": "cron"}.get(source.service)
    return Event(
        at=0.0, host="h", kind="log", location="l", text=log, log=coded(log), category=category, program=program,
        decoder="auditd" if source.service == "auditd" else None,
        fields={name: coded(value) for name, value in fields.items()},
    )  # fmt: skip


def coded(text: str) -> str:
    return text.encode().decode("latin-1")


def escaped(text: str) -> str:
    xml = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return json.dumps(xml, ensure_ascii=False)[1:-1]


def trees(text: str) -> tuple[LogSource, list[object]]:
    (rule,) = SigmaCollection.from_yaml(text).rules
    assert isinstance(rule, SigmaRule)
    written = rule.logsource
    source = LogSource(product=written.product or "", category=written.category or "", service=written.service or "")
    return source, [parsed.parsed for parsed in rule.detection.parsed_condition]


def wishes(tree: object, source: LogSource) -> Iterator[tuple[dict[str, str], str]]:
    """Events of a source, each with the values of one branch of a rule, or what is left of it."""
    for turn in range(16):
        wanted = Wanted()
        want(tree, wanted, turn)
        fields = {**wanted.fields(), **selected(source)}
        yield fields, " ".join(wanted.log)
        if fields and turn < 3:
            yield dict(islice(fields.items(), 1, None)), " ".join(wanted.log)
            yield {name: value.upper() for name, value in fields.items()}, " ".join(wanted.log).upper()


def test_every_rule_is_loaded_or_its_reason_is_told() -> None:
    found = read_sigma(files())
    reasons = Counter(re.sub(r" \(.*", "", each.reason) for each in found.skipped)

    assert found.problems == ()
    assert len(found.rules) + len(found.skipped) == len(files()) == 1904
    assert reasons == {"a placeholder without values": 11, "a comparison with another field": 2}
    assert all(each.place.line for each in found.skipped)
    assert all(rule.independent and rule.conditions and rule.info[0].startswith("sigma ") for rule in found.rules)


def test_the_engine_takes_all_of_them_together() -> None:
    ruleset = compile_rules(list(loaded().values()))

    assert len(ruleset.beside) == len(loaded())


def test_an_event_without_anything_fires_no_rule() -> None:
    empty = event_of({}, "", LogSource(product="other"))

    fired = {path for path, rule in loaded().items() if all(compile_condition(c).holds(empty) for c in rule.conditions)}

    assert fired == set()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(8))
def test_verdicts_are_those_of_an_independent_evaluation(part: int) -> None:
    rules = loaded()
    fired: set[str] = set()
    seen: set[str] = set()
    for path, text in files()[part::8]:
        if path not in rules:
            continue
        seen.add(path)
        source, known = trees(text)
        checks = [compile_condition(condition) for condition in rules[path].conditions]
        for fields, log in (wish for tree in known for wish in wishes(tree, source)):
            in_source = all(fields.get(name) == value for name, value in selected(source).items())
            in_source &= source.product != "zeek" or bool(fields or log)
            expected = in_source and any(holds(tree, fields, log, source.windows) for tree in known)
            for event in forms(fields, log, source):
                said = all(check.holds(event) for check in checks)
                assert said is expected, (path, fields, log, event)
            if expected:
                fired.add(path)

    assert len(fired) >= 0.98 * len(seen), sorted(seen - fired)


def forms(fields: dict[str, str], log: str, source: LogSource) -> Iterator[Event]:
    """The event as senders differ in it: names as written, and for Windows as its event channel has them."""
    if not source.category.startswith("webserver") and source.category != "proxy":
        yield event_of(fields, log, source)
    if source.windows:
        renamed = {names_of(name, source).split("|")[0]: escaped(value) for name, value in fields.items()}
        kept = {name: value for name, value in renamed.items() if value not in {"", "-"}}
        if len(kept) == len(fields):
            yield event_of(kept, json.dumps(log, ensure_ascii=False), source)
    if source.category in {"webserver", "proxy"}:
        yield event_of(fields, log, source)
