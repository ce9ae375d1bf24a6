"""Shell patterns."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import translate

SUBJECT_LIMIT = 8192
"""Patterns see so many characters of a subject; what lies behind is not looked at."""


def compile_glob(pattern: str) -> Callable[[str], bool]:
    """A test whether a shell pattern matches a whole subject; `*` matches `/` too."""
    compiled = re.compile(translate(pattern))
    return lambda subject: compiled.match(subject[:SUBJECT_LIMIT]) is not None
