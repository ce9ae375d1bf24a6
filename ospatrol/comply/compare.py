"""How numbers, and versions, are compared."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import TypeAlias

from ospatrol.model.assertion import Operator

Number: TypeAlias = tuple[int, ...]
"""A version, or a number as its only part."""

HOLDS: Mapping[Operator, Callable[[Number, Number], bool]] = {
    Operator.EQUAL: operator.eq,
    Operator.NOT_EQUAL: operator.ne,
    Operator.LESS: operator.lt,
    Operator.LESS_OR_EQUAL: operator.le,
    Operator.GREATER: operator.gt,
    Operator.GREATER_OR_EQUAL: operator.ge,
}
"""Whether what was found, the first, holds against what is wanted, the second."""
