"""Sigma files read into rules; the room behind `sigma.py`'s door."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.filters import SigmaFilter
from sigma.rule import SigmaRule

from ospatrol.dialect.sigma_condition import NotCovered, condition_of, either, fields_of, holds_for_nothing
from ospatrol.dialect.sigma_correlation import Counted, asked_by
from ospatrol.dialect.sigma_documents import TROUBLE, AnyRule, Document, FileReader, said
from ospatrol.dialect.sigma_names import LogSource, selection
from ospatrol.dialect.sigma_rules import LEVELS, SigmaRules, Skipped, id_of, one_line, other_tags, techniques
from ospatrol.model.errors import ConfigError
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Operator, Option, Rule

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_files(files: Sequence[tuple[str, str]]) -> SigmaRules:
    """See `sigma.read_sigma`."""
    reader = FileReader()
    for path, text in files:
        reader.read(path, text)
    builder = _Builder(reader)
    builder.build()
    return SigmaRules(
        rules=tuple(builder.rules),
        problems=tuple(sorted((*reader.problems, *builder.problems), key=lambda problem: problem.place)),
        skipped=tuple(builder.skipped),
    )


class _Builder:
    """Makes rules of documents: first those that stand alone, then those that count them."""

    def __init__(self, reader: FileReader) -> None:
        self._documents = reader.documents
        self.rules: list[Rule] = []
        self.problems: list[ConfigError] = []
        self.skipped: list[Skipped] = []
        self._filters = [each.rule for each in self._documents if isinstance(each.rule, SigmaFilter)]
        self._places: dict[int, tuple[str, Place]] = {}
        self._counted: dict[int, Counted] = {}
        self._quiet: set[int] = set()

    def build(self) -> None:
        """Fill the lists."""
        rules = [each for each in self._documents if not isinstance(each.rule, SigmaFilter) and self._is_new(each)]
        correlations = [each for each in rules if isinstance(each.rule, SigmaCorrelationRule)]
        known = SigmaCollection([each.rule for each in rules], resolve_references=False)
        waiting = [each for each in correlations if self._resolved(each, known)]
        for each in rules:
            if isinstance(each.rule, SigmaRule):
                self._single(each, each.rule)
        while waiting:
            ready = [each for each in waiting if not self._awaits(each, waiting)] or waiting
            for each in ready:
                if isinstance(each.rule, SigmaCorrelationRule):
                    self._correlation(each, each.rule)
            waiting = [each for each in waiting if each not in ready]
        order = {id_: index for index, id_ in enumerate(self._places)}
        self.rules.sort(key=lambda rule: order[rule.id])
        self.skipped.sort(key=lambda each: each.place)

    def _is_new(self, document: Document) -> bool:
        """Whether the rule's number is not another's."""
        rule = document.rule
        identity = _identity(rule)
        known = self._places.setdefault(id_of(identity), (identity, document.place))
        if known == (identity, document.place):
            return True
        if known[0] == identity:
            self._wrong(document.place, f"the rule {identity} stands already at {known[1]}")
        else:
            self._wrong(
                document.place, f"the rule {identity} gets the number of {known[0]} at {known[1]}: give it another UUID"
            )
        return False

    def _resolved(self, document: Document, known: SigmaCollection) -> bool:
        rule = document.rule
        if not isinstance(rule, SigmaCorrelationRule):
            return False
        try:
            rule.resolve_rule_references(known)
        except TROUBLE as error:
            self._wrong(document.place, said(error))
            return False
        if not rule.generate:
            self._quiet.update(id_of(_identity(each.rule)) for each in rule.referenced_rules)
        return True

    def _awaits(self, document: Document, waiting: Sequence[Document]) -> bool:
        """Whether a correlation counts another that is not built yet."""
        rule = document.rule
        others = {id(each.rule) for each in waiting}
        return isinstance(rule, SigmaCorrelationRule) and any(id(each.rule) in others for each in rule.referenced_rules)

    def _single(self, document: Document, rule: SigmaRule) -> None:
        source = _source(rule)
        try:
            for each in self._filters:
                each.apply_on_rule(rule)
            conditions = _conditions(rule, source, document.place)
        except TROUBLE as error:
            self._wrong(document.condition, said(error))
            return
        except NotCovered as uncovered:
            self._skip(document, uncovered)
            return
        made = self._rule(document, conditions)
        self._counted[made.id] = Counted(id=made.id, sources=(source,))
        self.rules.append(made)

    def _correlation(self, document: Document, rule: SigmaCorrelationRule) -> None:
        numbers = [id_of(_identity(each.rule)) for each in rule.referenced_rules]
        missing = [
            each.reference for each, id_ in zip(rule.referenced_rules, numbers, strict=True) if id_ not in self._counted
        ]
        if missing:
            reason = f"it counts rules that are not loaded: {', '.join(missing)}"
            self._skip(document, NotCovered(reason, document.place))
            return
        counted = [self._counted[id_] for id_ in numbers]
        try:
            asked = asked_by(rule, counted, document.place, level=_level(rule))
        except TROUBLE as error:
            self._wrong(document.condition, said(error))
            return
        except NotCovered as uncovered:
            self._skip(document, uncovered)
            return
        made = self._rule(document, asked.conditions, parents=asked.parents)
        sources = tuple(dict.fromkeys(source for each in counted for source in each.sources))
        mark = made.level if asked.correlation else 0
        self._counted[made.id] = Counted(id=made.id, sources=sources, mark=mark)
        self.rules.append(msgspec.structs.replace(made, correlation=asked.correlation))

    def _rule(self, document: Document, conditions: tuple[Condition, ...], parents: tuple[int, ...] = ()) -> Rule:
        rule = document.rule
        tags = tuple(str(tag) for tag in rule.tags)
        id_ = id_of(_identity(rule))
        source = str(_source(rule)) if isinstance(rule, SigmaRule) else "correlation"
        return Rule(
            id=id_,
            level=_level(rule),
            description=one_line(rule.title),
            place=document.place,
            parents=parents,
            conditions=conditions,
            groups=("sigma", f"sigma.{source}", *other_tags(tags)),
            mitre=techniques(tags),
            independent=True,
            options=(Option.NO_LOG,) if id_ in self._quiet else (),
            info=(f"sigma {_identity(rule)}", *map(str, rule.references)),
        )

    def _skip(self, document: Document, uncovered: NotCovered) -> None:
        self.skipped.append(Skipped(place=uncovered.place, title=document.rule.title, reason=uncovered.reason))

    def _wrong(self, place: Place, problem: str) -> None:
        self.problems.append(ConfigError(place, problem))


def _identity(rule: AnyRule) -> str:
    """The UUID of a rule as text, or its title."""
    return str(rule.id or rule.title)


def _level(rule: AnyRule) -> int:
    return LEVELS[rule.level.name.lower() if rule.level else "medium"]


def _source(rule: SigmaRule) -> LogSource:
    written = rule.logsource
    return LogSource(
        product=(written.product or "").lower(),
        category=(written.category or "").lower(),
        service=(written.service or "").lower(),
    )


def _conditions(rule: SigmaRule, source: LogSource, place: Place) -> tuple[Condition, ...]:
    """What events of a source must be like, and the rule's condition: its parts apart where all of them must hold.

    A rule that says only what is not would hold for every event of other sources. Where those cannot be told apart,
    an event must have one of the rule's fields.
    """
    trees = [parsed.parsed for parsed in rule.detection.parsed_condition]
    whole = either([condition_of(tree, source, place) for tree in trees], place)
    chosen = selection(source, place)
    if not chosen and holds_for_nothing(whole):
        names = [name for field in fields_of(whole) for name in field.split("|")]
        if not names:
            raise NotCovered(
                "a condition that events of all sources meet, for a log source that is not known here", place
            )
        field = "|".join(dict.fromkeys(names))
        chosen = (Condition(field=field, operator=Operator.EXISTS, place=place, captured=True),)
    return (*chosen, *(whole.parts if whole.operator is Operator.ALL and not whole.negate else (whole,)))
