"""The words of native files that stand in more than one place: texts, names of fields, durations, patterns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ospatrol.load.fields import did_you_mean, unknown_keys
from ospatrol.load.yaml import Lined, LinedList
from ospatrol.model.errors import ConfigError
from ospatrol.model.pattern import Expression, Syntax

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ospatrol.model.place import Place

FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_.@-]{0,127}", re.ASCII)
"""The name of one field."""

SYNTAXES: tuple[str, ...] = tuple(syntax.value for syntax in Syntax)

_EITHER = 8
_UNITS = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:(\d{1,4})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?", re.ASCII)


def mapping(node: Lined, key: str) -> Lined:
    """What stands under a key if it is a mapping; that it must be one is said elsewhere."""
    value = node.get(key)
    return value if isinstance(value, Lined) else Lined(node.at(key))


def sequence(node: Lined, key: str) -> LinedList:
    """What stands under a key if it is a list; that it must be one is said elsewhere."""
    value = node.get(key)
    return value if isinstance(value, LinedList) else LinedList(node.at(key))


def texts(value: object) -> list[str]:
    """The texts of a text or of a list of them, whole numbers and truth values as YAML writes them."""
    items = value if isinstance(value, LinedList) else [value]
    return [text_of(item) for item in items if is_text(item)]


def all_texts(value: object) -> bool:
    """Whether something is a text or a list of nothing but texts."""
    return all(map(is_text, value)) if isinstance(value, LinedList) else is_text(value)


def is_text(value: object) -> bool:
    """Whether something can be taken for a text; a number with a point cannot, for its last noughts are lost."""
    return isinstance(value, str | int)


def text_of(value: object) -> str:
    """A scalar as YAML writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_read(text: str) -> str:
    """A text with a character for each byte of its UTF-8, as log lines are read."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("latin-1")


def field_name(written: str, *, either: bool = False) -> str | None:
    """A field's name in the form in which events have it; None if it is none.

    Args:
        written: Upper and lower case do not matter.
        either: Whether `a|b` is allowed too.
    """
    names = written.split("|")
    if len(names) > (_EITHER if either else 1) or not all(map(FIELD.fullmatch, names)):
        return None
    return written.lower()


def field_names(
    written: str | Sequence[str], place: Place, problems: list[ConfigError], *, either: bool = False
) -> tuple[str, ...]:
    """Names of fields, a single one or several."""
    names: list[str] = []
    for each in [written] if isinstance(written, str) else written:
        name = field_name(each, either=either)
        if name is None:
            problems.append(ConfigError(place, f"{each!r} is no name of a field"))
        else:
            names.append(name)
    return tuple(names)


def seconds(written: object, key: str, place: Place, problems: list[ConfigError]) -> int:
    """A duration such as `90s`, `2m` or `1h30m` in seconds; 0 if it is none, which is then a mistake."""
    found = _DURATION.fullmatch(written) if isinstance(written, str) and written else None
    total = sum(int(found[index] or 0) * unit for index, unit in enumerate(_UNITS.values(), 1)) if found else 0
    if not 0 < total <= 366 * _UNITS["d"]:
        hint = f"; did you mean '{written}s'?" if isinstance(written, int) and written > 0 else ""
        problems.append(
            ConfigError(place, f"{key}: expected a duration of a second to a year, such as 90s, 2m or 1h30m{hint}")
        )
        return 0
    return total


def syntax_of(written: object, place: Place, problems: list[ConfigError]) -> Syntax:
    """The language of patterns that is named; RE2 if it is none, which is then a mistake."""
    word = written if isinstance(written, str) else ""
    return Syntax(word) if one_of(word, SYNTAXES, "syntax", place, problems) else Syntax.RE2


def one_of(word: str, known: Collection[str], key: str, place: Place, problems: list[ConfigError]) -> bool:
    """Whether a word is known; it is a mistake if it is not."""
    if word in known:
        return True
    problems.append(ConfigError(place, f"{key}: unknown word {word!r}{did_you_mean(word, known)}"))
    return False


def read_pattern(
    node: object,
    key: str,
    place: Place,
    problems: list[ConfigError],
    *,
    syntax: Syntax,
    beside: Collection[str] = (),
) -> Expression | None:
    """A pattern written as a text or as `{pattern: TEXT, syntax: LANGUAGE}`; None if there is a mistake.

    Args:
        node: What is written.
        key: Under which it stands.
        place: Where.
        problems: Gets the mistakes.
        syntax: Its language where it does not say.
        beside: More keys that may stand in the mapping.
    """
    before = len(problems)
    written: object = node
    if isinstance(node, Lined):
        unknown_keys(node, ("pattern", "syntax", *beside), problems)
        written = node.get("pattern")
        if "syntax" in node:
            syntax = syntax_of(node["syntax"], node.at("syntax"), problems)
    if not is_text(written):
        problems.append(ConfigError(place, f"{key}: expected a pattern, or a mapping with the key 'pattern'"))
    return Expression(text=text_of(written), syntax=syntax) if len(problems) == before else None
