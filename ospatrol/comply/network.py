"""What a rule about the configuration of a device comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.comply.network_lines import Undecidable, compares, pattern_of, version_in
from ospatrol.comply.network_scope import PARTIAL, Peers, Seen, in_scope, paths_to, pooled
from ospatrol.comply.outcome import Outcome, Result
from ospatrol.model.assertion import Assertion, Meaning

if TYPE_CHECKING:
    from ospatrol.comply.network_facts import Captured
    from ospatrol.comply.network_scope import Found
    from ospatrol.model.config import Block, Config
    from ospatrol.model.policy import PolicyRule

_NAMED = 3  # blocks that are shown
_MOST_BLOCKS = 20_000
_MOST_DIFFERENT = 4000
_BESIDE = "beside it stands"
_HIDDEN = "the configuration hides it"
_OUTCOMES = {
    Meaning.PASS: Outcome.FOUND,
    Meaning.FAIL: Outcome.NOT_FOUND,
    Meaning.NOT_APPLICABLE: Outcome.INVALID,
    Meaning.NOT_ASSESSED: Outcome.UNKNOWN,
}


def config_result(rule: PolicyRule, captured: Captured) -> Result:
    """Found if the configuration is as the rule says, not found if it is not.

    It is invalid where the rule does not apply (its `when` is not met, there is no such block), and unknown where the
    configuration was not captured, where only a part of it was and the rest could decide, where a default decides
    that depends on the version and the version is not known, and where a pattern is beyond what can be matched.
    """
    said = rule.assertion
    if said is None:
        return Result(Outcome.UNKNOWN, "it says nothing", "it says nothing")
    config, missing = captured.config(said.source)
    if config is None:
        return Result(Outcome.UNKNOWN, missing, missing)
    try:
        result = _result(said, config, whole=not missing)
    except Undecidable as error:
        return Result(Outcome.UNKNOWN, str(error), str(error))
    if missing and result.reason == PARTIAL:
        return Result(Outcome.UNKNOWN, missing, missing)
    return result


def _result(said: Assertion, config: Config, *, whole: bool) -> Result:
    for pattern, wanted in ((said.when, True), (said.when_no, False)):
        if not pattern:
            continue
        test = pattern_of(pattern, said.syntax)
        met = any(test.matches(block.text) for block in config.blocks)
        if not met and not whole:
            return _unknown()
        if met is not wanted:
            return _invalid(f"it does not apply: {'no' if wanted else 'a'} line meets {pattern}")
    seen = Seen(said, whole=whole, version=version_in(config, said))
    if said.each:
        return _each(said, config, seen)
    if said.within:
        blocks = paths_to(said.within, config.blocks, said.syntax)
        if not blocks and said.none is not None:
            return _meant(said.none, f"no block meets {' > '.join(said.within)}", whole=whole)
        return in_scope(seen, pooled(block for block, _ in blocks))
    return in_scope(seen, config.blocks)


def _each(said: Assertion, config: Config, seen: Seen) -> Result:
    """All blocks must be so: one that is not decides, then one of which it is not known."""
    found = paths_to(said.each, config.blocks, said.syntax)
    if said.besides:
        besides = pattern_of(said.besides, said.syntax)
        found = [each for each in found if not besides.matches(each[0].text)]
    if len(found) > _MOST_BLOCKS:
        raise Undecidable(f"there are more than {_MOST_BLOCKS} blocks")
    if not found:
        none = said.none or Meaning.NOT_APPLICABLE
        return _meant(none, f"no block meets {' > '.join(said.each)}", whole=seen.whole)
    _bounded_work(said, found)
    peers = Peers(said)
    results = [(each, _one(said, each, seen, peers)) for each in found]
    bad = [(each, result) for each, result in results if result.outcome is Outcome.NOT_FOUND]
    if bad:
        return Result(Outcome.NOT_FOUND, _listed(bad, len(found)))
    for each, result in results:
        if result.outcome is not Outcome.FOUND:
            return msgspec.structs.replace(result, shown=f"{_named(each)}: {result.shown}")
    if not seen.whole:
        return _unknown()
    good = f"{_named(found[0])}: {results[0][1].shown}"
    return Result(Outcome.FOUND, f"all {len(found)} are so, such as {good}" if len(found) > 1 else good)


def _bounded_work(said: Assertion, found: list[Found]) -> None:
    """Refuses to make more patterns of `%1` than a device can need.

    Raises:
        Undecidable: there are too many.
    """
    if any("%" in text for text in (said.unless, said.has, said.lacks, said.beside, said.not_beside)):
        named = pattern_of(said.each[-1], said.syntax)
        if len({named.captured(block.text) for block, _ in found}) > _MOST_DIFFERENT:
            raise Undecidable(f"there are more than {_MOST_DIFFERENT} different blocks to compare with each other")


def _one(said: Assertion, found: Found, seen: Seen, peers: Peers) -> Result:
    """What one block comes to."""
    block, level = found
    groups = pattern_of(said.each[-1], said.syntax).captured(block.text)
    if said.unless:
        exempts = pattern_of(said.unless, said.syntax, groups)
        if any(exempts.matches(child.text) for child in block.children):
            return Result(Outcome.FOUND, f"it has {said.unless}")
    if said.undecided and pattern_of(said.undecided, said.syntax).matches(block.text):
        return Result(Outcome.UNKNOWN, _HIDDEN, _HIDDEN)
    wrong = _wrong_line(said, block.text)
    if wrong:
        return Result(Outcome.NOT_FOUND, wrong)
    if said.beside or said.not_beside:
        odd = _odd_company(said, level, groups, peers)
        if odd:
            return Result(Outcome.NOT_FOUND, odd) if seen.whole or odd.startswith(_BESIDE) else _unknown()
    if said.has or said.lacks:
        return in_scope(seen, block.children, groups)
    return Result(Outcome.FOUND, "as it should be")


def _odd_company(said: Assertion, level: tuple[Block, ...], groups: tuple[str, ...] | None, peers: Peers) -> str:
    """What is wrong with what stands beside a block; empty if nothing is."""
    if said.not_beside:
        other = peers.find(said.not_beside, level, groups)
        if other is not None:
            return f"{_BESIDE} line {other.line}: {other.text}"
    if said.beside and peers.find(said.beside, level, groups) is None:
        return f"nothing beside it meets {said.beside}"
    return ""


def _wrong_line(said: Assertion, text: str) -> str:
    """What is wrong with the line that a block begins with; empty if nothing is."""
    if said.itself_not and pattern_of(said.itself_not, said.syntax).matches(text):
        return f"it meets {said.itself_not}"
    if not said.itself:
        return ""
    itself = pattern_of(said.itself, said.syntax)
    if not itself.matches(text):
        return f"it does not meet {said.itself}"
    if said.number and not said.has and not compares(itself.number(text), said.number):
        return "its number is out of bounds"
    return ""


def _listed(bad: list[tuple[Found, Result]], count: int) -> str:
    named = "; ".join(_named(each) for each, _ in bad[:_NAMED])
    more = f"; and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
    return f"{len(bad)} of {count}: {named}{more}: {bad[0][1].shown}"


def _named(found: Found) -> str:
    return f"line {found[0].line}: {found[0].text}"


def _meant(meaning: Meaning, shown: str, *, whole: bool) -> Result:
    if not whole:
        return _unknown()
    outcome = _OUTCOMES[meaning]
    return Result(outcome, shown, shown if outcome in {Outcome.INVALID, Outcome.UNKNOWN} else "")


def _unknown() -> Result:
    return Result(Outcome.UNKNOWN, PARTIAL, PARTIAL)


def _invalid(shown: str) -> Result:
    return Result(Outcome.INVALID, shown, shown)
