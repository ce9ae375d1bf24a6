"""What a rule of a rootcheck list comes to on a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ospatrol.comply.match import UNKNOWN, Terms, terms_of
from ospatrol.comply.outcome import Outcome, Result, any_of, turned
from ospatrol.comply.rules import Host, in_file, named_entries, process_result, unknown
from ospatrol.model.facts import Ask, State
from ospatrol.model.policy import Manner, PolicyRule, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ospatrol.comply.lines import Text
    from ospatrol.model.pattern import Syntax

UNREADABLE = "the rule cannot be read"


def rcl_result(rule: PolicyRule, syntax: Syntax, host: Host) -> Result:
    """What a rule comes to as OSSEC's rootcheck reads it: found or not, or the host did not say."""
    found = _found(rule, syntax, host)
    return turned(found) if rule.negate else found


def _found(rule: PolicyRule, syntax: Syntax, host: Host) -> Result:
    match rule.target:
        case Target.FILE:
            return _file(rule, syntax, host, rule.locations[0])  # of several, it looks at none but the first
        case Target.DIRECTORY:
            return any_of(_directory(rule, syntax, host, path) for path in rule.locations)
        case Target.PROCESS:
            return process_result(rule, syntax, host)
        case Target.COMMAND:  # the list has none; it stands for a line that nobody can read
            return Result(Outcome.UNKNOWN, UNREADABLE, UNREADABLE)
        case Target.REGISTRY | Target.CONFIG:
            return unknown(State.NOT_ASKED, rule.locations[0])


def _file(rule: PolicyRule, syntax: Syntax, host: Host, path: str) -> Result:
    state = host.answer(Ask.FILE, path).state
    if state is State.MISSING or (state is State.OTHER_KIND and rule.terms):
        return Result(Outcome.NOT_FOUND, f"{state.value}: {path}")
    if state not in {State.OK, State.CUT, State.OTHER_KIND}:
        return unknown(state, path)
    if not rule.terms:
        return Result(Outcome.FOUND, f"is there: {path}")
    text, terms = host.text(Ask.FILE, path), terms_of(rule.terms, syntax)
    return _every_line(text, terms, path) if terms.all_negated else in_file(text, terms, path)


def _every_line(text: Text, terms: Terms, path: str) -> Result:
    """Whether all lines meet terms that are all negated; a file without lines does."""
    unsure = False
    for line in text.lines:
        value = terms.value(line)
        if not value:
            return Result(Outcome.NOT_FOUND, line, private=text.private)
        unsure = unsure or value == UNKNOWN
    if unsure:
        return Result(Outcome.UNKNOWN, f"a pattern is refused: {path}", "a pattern is refused")
    if not text.whole:
        return unknown(State.CUT, path)
    return Result(Outcome.FOUND, f"every line meets it: {path}")


def _directory(rule: PolicyRule, syntax: Syntax, host: Host, path: str) -> Result:
    answer = host.answer(Ask.DIRECTORY, path)
    if answer.state in {State.MISSING, State.OTHER_KIND}:
        return Result(Outcome.NOT_FOUND, f"{answer.state.value}: {path}")
    return any_of(_entries(rule, syntax, host, path), f"no file has such a name: {path}")


def _entries(rule: PolicyRule, syntax: Syntax, host: Host, path: str) -> Iterator[Result]:
    answer = host.answer(Ask.DIRECTORY, path)
    for entry in named_entries(rule, answer, Manner.RCL):
        if entry is None:
            yield Result(Outcome.UNKNOWN, f"a pattern is refused: {path}", "a pattern is refused")
        elif rule.terms:
            yield _file(rule, syntax, host, entry)
        else:
            yield Result(Outcome.FOUND, f"is there: {entry}")
    if answer.state is not State.OK:
        yield unknown(answer.state, path)
