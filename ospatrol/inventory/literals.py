"""Values of INI sources: what reads as a Python literal is one, all else is text; as Ansible has it."""

from __future__ import annotations

import ast
import re
import warnings
from functools import lru_cache

from ospatrol.inventory.written import UNSAFE_TAG, Written
from ospatrol.load.yaml import Tagged
from ospatrol.model.errors import ConfigError
from ospatrol.model.place import Place

# no literal can look like these, and most values do: names, host names, paths, addresses
_TEXT = re.compile(r"(?!(?:True|False|None)$)(?:[A-Za-z_/][A-Za-z0-9_.:@/-]*|[0-9]+\.[0-9]+\.[0-9]+[0-9.]*)")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")


def literal(text: str, place: Place) -> Written:
    """The value that a text after `=` means.

    Raises:
        ConfigError: it is a literal that cannot be, such as a mapping in a set.
    """
    if _TEXT.fullmatch(text):
        return text
    if _NUMBER.fullmatch(text):
        return int(text)
    try:
        return _evaluated(text)
    except (TypeError, RecursionError, MemoryError) as error:
        raise ConfigError(place, f"the value {text!r} reads as a Python literal that cannot be: {error}") from error


@lru_cache(maxsize=4096)
def _evaluated(text: str) -> Written:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            value: object = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return _written(value)


def _written(value: object) -> Written:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case bytes():
            return Tagged(UNSAFE_TAG, value.decode("utf-8", "surrogateescape"), Place(""))  # never a template
        case list() | tuple() | set():
            return [_written(item) for item in value]
        case dict():
            return {_key(key): _written(item) for key, item in value.items()}
        case _ if value is ...:
            return "..."
        case _:
            return str(value)


def _key(key: object) -> str:
    match key:
        case str():
            return key
        case None:
            return "null"
        case bool():
            return "true" if key else "false"
        case int() | float():
            return repr(key)
        case _:
            raise TypeError(f"a key must be text or a number, not a {type(key).__name__}")
