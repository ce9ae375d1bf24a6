"""One rule of a native file."""

from __future__ import annotations

import re

import msgspec

from ospatrol.dialect.native_conditions import read_match
from ospatrol.dialect.native_words import field_name, field_names, mapping, one_of, read_pattern, seconds, syntax_of
from ospatrol.load.fields import read_struct, unknown_keys
from ospatrol.load.yaml import Lined
from ospatrol.model.errors import ConfigError
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Correlation, Option, Rule, Source

LEVELS = range(16)

_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?", re.ASCII)
_REFERENCE = re.compile(r"\$\(([^()$]{0,128})\)")
_GROUP = re.compile(r"[A-Za-z0-9_.:-]{1,128}", re.ASCII)
_EVENTS_LIMIT = 9999
_OPTIONS = tuple(option.value for option in Option)
_RECORDED = ("srcip", "dstip", "srcuser", "dstuser", "id", "location", "data", "name")
"""What the memory can write down."""
_EARLIER = ("within", "of", "same", "different", "distinct", "across_hosts")
"""Keys that mean something only where earlier events are counted."""


class _Written(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as its keys stand in the file."""

    id: int
    level: int
    description: str
    place: Place
    parent: int | tuple[int, ...] | None = None
    match: dict[str, object] = msgspec.field(default_factory=dict)
    syntax: str = Syntax.RE2.value
    groups: tuple[str, ...] = ()
    mitre: tuple[str, ...] = ()
    compliance: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    info: str | tuple[str, ...] = ()
    tests: dict[str, tuple[dict[str, object], ...]] = msgspec.field(default_factory=dict)
    frequency: int | None = None
    within: str | int = ""
    of: int | tuple[int, ...] | dict[str, object] = ()
    same: str | tuple[str, ...] = ()
    different: str | tuple[str, ...] = ()
    distinct: str = ""
    every: bool = False
    across_hosts: bool = False
    first_time: bool = False
    changed: bool = False
    ignore: str | int = ""
    remember: str | tuple[str, ...] = ()
    unless_remembered: str | tuple[str, ...] = ()
    silent: bool = False
    independent: bool = False
    rank: int | None = None
    options: tuple[str, ...] = ()


def read_rule(node: Lined, problems: list[ConfigError], *, made_up: int) -> Rule:
    """The rule that a mapping describes, as far as it can be read.

    Args:
        node: As written.
        problems: Gets every mistake.
        made_up: The id to give it if its own cannot be read.
    """
    written = read_struct(node, _Written, node.place, problems)
    syntax = _syntax(node, problems)
    conditions = read_match(mapping(node, "match"), syntax, problems)
    if written is None:
        level = node.get("level")
        return Rule(
            id=id_of(node) or made_up,
            level=level if isinstance(level, int) and level in LEVELS else 0,
            description="",
            place=node.place,
            conditions=conditions,
        )
    return _Reader(written, node, syntax, problems).rule(conditions)


def id_of(node: Lined) -> int:
    """The id of a rule as written; 0 if it has none."""
    identity = node.get("id")
    return identity if isinstance(identity, int) else 0


def _syntax(node: Lined, problems: list[ConfigError]) -> Syntax:
    if not isinstance(node.get("syntax"), str):
        return Syntax.RE2
    return syntax_of(node["syntax"], node.at("syntax"), problems)


class _Reader:
    """Makes a rule of its keys, which have the right types."""

    def __init__(self, written: _Written, node: Lined, syntax: Syntax, problems: list[ConfigError]) -> None:
        self._written = written
        self._node = node
        self._syntax = syntax
        self._problems = problems

    def rule(self, conditions: tuple[Condition, ...]) -> Rule:
        self._check()
        written = self._written
        correlation = self._correlation()
        parents = self._parents(correlation)
        self._check_place_in_tree(parents, correlation)
        return Rule(
            id=written.id,
            level=written.level,
            description=_REFERENCE.sub(_lower, written.description),
            place=written.place,
            parents=parents,
            conditions=conditions,
            groups=written.groups,
            mitre=written.mitre,
            compliance=written.compliance,
            independent=written.independent,
            rank=written.rank,
            correlation=correlation,
            first_time=written.first_time,
            changed=written.changed,
            ignore_s=self._seconds("ignore", written.ignore),
            remember=self._recorded("remember", written.remember),
            unless_remembered=self._recorded("unless_remembered", written.unless_remembered),
            silent=written.silent,
            options=self._options(),
            info=(written.info,) if isinstance(written.info, str) else written.info,
        )

    def _check(self) -> None:
        written = self._written
        if not 0 < written.id < 10**9:
            self._wrong("id", f"the id {written.id} is not between 1 and 999999999")
        if written.level not in LEVELS:
            self._wrong("level", f"the level {written.level} is not between 0 and 15")
        if not written.description.strip() or not written.description.isprintable():
            self._wrong("description", "the description must be one line of text")
        for technique in written.mitre:
            if not _TECHNIQUE.fullmatch(technique):
                self._wrong("mitre", f"{technique!r} is no ATT&CK technique such as T1554 or T1053.003")
        if written.rank is not None and not 0 <= written.rank <= 99:
            self._wrong("rank", f"the rank {written.rank} is not between 0 and 99")

    def _check_place_in_tree(self, parents: tuple[int, ...], correlation: Correlation | None) -> None:
        written = self._written
        below_group = correlation is not None and correlation.source is Source.GROUP
        if not written.match and not parents and not below_group:
            problem = "a rule needs 'match' or 'parent', or it would judge everything"
            self._problems.append(ConfigError(self._node.place, problem))
        if written.independent and written.parent is not None:
            self._wrong("independent", "an independent rule is judged beside the tree, so it has no parent")
        if written.frequency is None and not written.every:
            for key in _EARLIER:
                if key in self._node:
                    self._wrong(key, f"{key} counts earlier events, so the rule needs 'frequency' too")

    def _parents(self, correlation: Correlation | None) -> tuple[int, ...]:
        """Those written; else the rules whose events are counted, so that the present event is one of them."""
        parent = self._written.parent
        if isinstance(parent, int):
            return (parent,)
        if parent is not None:
            return parent
        return () if correlation is None or self._written.independent else correlation.rules

    def _correlation(self) -> Correlation | None:
        written = self._written
        if written.frequency is None and not written.every:
            return None
        source, rules, expression = self._source()
        earlier = (written.frequency or 0) - 1
        if written.every:
            if written.frequency is not None or len(set(rules)) < 2:
                self._wrong("every", "'every' needs 'of' with several rules, and no 'frequency': each must have fired")
            earlier = len(set(rules)) - 1
        elif not 2 <= earlier + 1 <= _EVENTS_LIMIT:
            self._wrong("frequency", f"frequency: the rule fires on the N-th event: from 2 to {_EVENTS_LIMIT}")
        if "within" not in self._node:
            self._wrong("within", "the key 'within' is missing: in which time, such as 2m, must the events come?")
        return Correlation(
            source=source,
            rules=rules,
            expression=expression,
            earlier=max(earlier, 1),
            timeframe_s=self._seconds("within", written.within) or 1,
            same=self._names("same", written.same),
            different_set=self._names("different", written.different),
            across_agents=written.across_hosts,
            distinct="".join(self._names("distinct", written.distinct or ())),
            every=written.every,
        )

    def _source(self) -> tuple[Source, tuple[int, ...], Expression | None]:
        """Which earlier events count."""
        of = self._written.of
        if isinstance(of, int):
            return Source.RULE, (of,), None
        if isinstance(of, tuple):
            if not of:
                self._wrong("of", "expected the key 'of' with a rule, a list of rules, {group: NAME} or {log: PATTERN}")
            return Source.RULE, of, None
        node = mapping(self._node, "of")
        unknown_keys(node, ("group", "log"), self._problems)
        if len(of) != 1:
            self._wrong("of", "of: expected either {group: NAME} or {log: PATTERN}")
        if "log" in of:
            log = read_pattern(node["log"], "log", node.at("log"), self._problems, syntax=self._syntax)
            return Source.REGEX, (), log
        group = of.get("group")
        if isinstance(group, str) and _GROUP.fullmatch(group):
            return Source.GROUP, (), Expression(text=f"(?:^|,){re.escape(group)},")
        self._wrong("of", f"of: {group!r} is no name of a group")
        return Source.GROUP, (), Expression(text="^$")

    def _options(self) -> tuple[Option, ...]:
        place = self._node.at("options")
        return tuple(
            Option(word) for word in self._written.options if one_of(word, _OPTIONS, "options", place, self._problems)
        )

    def _recorded(self, key: str, written: str | tuple[str, ...]) -> tuple[str, ...]:
        place = self._node.at(key)
        words = (written,) if isinstance(written, str) else written
        return tuple(word for word in words if one_of(word, _RECORDED, key, place, self._problems))

    def _names(self, key: str, written: str | tuple[str, ...]) -> tuple[str, ...]:
        return field_names(written, self._node.at(key), self._problems, either=True)

    def _seconds(self, key: str, written: str | int) -> int:
        return seconds(written, key, self._node.at(key), self._problems) if key in self._node else 0

    def _wrong(self, key: str, problem: str) -> None:
        self._problems.append(ConfigError(self._node.at(key), problem))


def _lower(reference: re.Match[str]) -> str:
    """A reference to a field, by the name that events know it by."""
    name = field_name(reference[1], either=True)
    return f"$({name})" if name else reference[0]
