"""HTML that is written by nesting calls; whatever is not markup already is escaped."""

from __future__ import annotations

from html import escape

_VOID = frozenset({"meta", "link", "input", "br", "circle"})


class Markup(str):
    """HTML that is as it should be; any other text is not."""

    __slots__ = ()


def element(name: str, /, *inside: str, **attributes: str | bool) -> Markup:
    """`<name attribute="...">inside</name>`.

    Args:
        name: The element's.
        inside: What is in it; text that is no `Markup` is escaped.
        attributes: True is an attribute without a value, False is none; `class_` is `class`, `a_b` is `a-b`.
    """
    named = {key.strip("_").replace("_", "-"): value for key, value in attributes.items()}
    head = "".join(
        f" {key}" if value is True else f' {key}="{escape(value)}"'
        for key, value in named.items()
        if value is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{head}>")
    return Markup(f"<{name}{head}>{joined(*inside)}</{name}>")


def joined(*parts: str) -> Markup:
    """The parts one after the other, those that are no `Markup` escaped."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))
