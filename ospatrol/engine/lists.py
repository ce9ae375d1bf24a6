"""Lists of keys and values that rules look things up in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from ospatrol.model.rule import Condition, Lookup
from ospatrol.pattern.compiled import compile_expression

Lists: TypeAlias = Mapping[str, Mapping[str, str]]
"""Name of a list, as rules write it, to its keys and their values."""


def lookup(condition: Condition, lists: Lists) -> Callable[[str], bool]:
    """A test of keys as the condition asks it; a list that does not exist has no keys.

    Raises:
        PatternRefused: what the value must match is no pattern.
    """
    known = lists.get(condition.operands[0], {})
    longest = max(map(len, known), default=0)
    value = compile_expression(condition.value).test if condition.value else None
    match condition.lookup:
        case Lookup.KEY:
            return known.__contains__
        case Lookup.NOT_KEY:
            return lambda key: key not in known
        case Lookup.KEY_VALUE:
            return lambda key: key in known and (value is None or value(known[key]))
        case Lookup.ADDRESS:
            return lambda key: any(each in known for each in _prefixes(key, longest))
        case Lookup.NOT_ADDRESS:
            return lambda key: not any(each in known for each in _prefixes(key, longest))
        case Lookup.ADDRESS_VALUE:
            # OSSEC and Wazuh hold it the other way round: it matches where the list does not say so
            def unsaid(key: str) -> bool:
                found = next((known[each] for each in _prefixes(key, longest) if each in known), None)
                return found is None or not (value is None or value(found))

            return unsaid


def _prefixes(address: str, longest: int) -> Iterator[str]:
    """An address, and each part of it that ends behind a dot and is not longer than any key, longest first."""
    yield address
    at = address.rfind(".", 0, longest)
    while at >= 0:
        yield address[: at + 1]
        at = address.rfind(".", 0, at)
