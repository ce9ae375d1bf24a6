"""The filters and tests of templates that Jinja does not bring and inventories use; named and meant as Ansible's."""

from __future__ import annotations

import base64
import hashlib
import json
import posixpath
import re
import shlex
from collections.abc import Callable, Iterable, Mapping

_TEXT_LIMIT = 8192  # characters that a pattern from a file may run on
_TRUE = frozenset({"1", "on", "t", "true", "y", "yes"})


def _pattern(pattern: str, value: object, *, ignorecase: bool, multiline: bool) -> tuple[re.Pattern[str], str]:
    text = str(value)
    if len(text) > _TEXT_LIMIT:
        raise ValueError(f"a pattern runs on at most {_TEXT_LIMIT} characters, this text has {len(text)}")
    flags = (re.IGNORECASE if ignorecase else re.NOFLAG) | (re.MULTILINE if multiline else re.NOFLAG)
    return re.compile(pattern, flags), text


def _regex_replace(
    value: object,
    pattern: str = "",
    replacement: str = "",
    *,
    ignorecase: bool = False,
    multiline: bool = False,
    count: int = 0,
) -> str:
    compiled, text = _pattern(pattern, value, ignorecase=ignorecase, multiline=multiline)
    return compiled.sub(replacement, text, count)


def _regex_search(
    value: object, pattern: str, *groups: str, ignorecase: bool = False, multiline: bool = False
) -> str | list[str] | None:
    compiled, text = _pattern(pattern, value, ignorecase=ignorecase, multiline=multiline)
    found = compiled.search(text)
    if found is None:
        return None
    if not groups:
        return found.group()
    names = [re.sub(r"^\\(?:g<(.+)>|([0-9]+))$", r"\1\2", group) for group in groups]
    return [found.group(int(name) if name.isdecimal() else name) for name in names]


def _regex_findall(
    value: object, pattern: str, *, ignorecase: bool = False, multiline: bool = False
) -> list[str | tuple[str, ...]]:
    compiled, text = _pattern(pattern, value, ignorecase=ignorecase, multiline=multiline)
    return compiled.findall(text)


def _regex_escape(value: object) -> str:
    return re.escape(str(value))


def truth(value: object) -> bool:
    """What a person means by `yes`, `on`, `true`, `1` and their opposites; anything else is false."""
    return value if isinstance(value, bool) else str(value).strip().lower() in _TRUE


def _split(value: object, separator: str | None = None, limit: int = -1) -> list[str]:
    return str(value).split(separator, limit)


def _to_json(value: object, indent: int | None = None, *, sort_keys: bool = False) -> str:
    return json.dumps(value, indent=indent, sort_keys=sort_keys, default=_jsonable)


def _to_nice_json(value: object, indent: int = 4) -> str:
    return json.dumps(value, indent=indent, sort_keys=True, default=_jsonable)


def _jsonable(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _from_json(value: object) -> object:
    return json.loads(str(value))


def _b64decode(value: object) -> str:
    return base64.b64decode(str(value)).decode()


def _b64encode(value: object) -> str:
    return base64.b64encode(str(value).encode()).decode()


def _digest(value: object, name: str = "sha1") -> str:
    return hashlib.new(name, str(value).encode(), usedforsecurity=False).hexdigest()


def _ternary(value: object, when_true: object, when_false: object, when_none: object = None) -> object:
    if value is None and when_none is not None:
        return when_none
    return when_true if value else when_false


def _combine(value: Mapping[str, object], *others: Mapping[str, object], recursive: bool = False) -> dict[str, object]:
    merged = dict(value)
    for other in others:
        for key, item in other.items():
            old = merged.get(key)
            if recursive and isinstance(old, Mapping) and isinstance(item, Mapping):
                merged[key] = _combine(old, item, recursive=True)
            else:
                merged[key] = item
    return merged


def _dict2items(
    value: Mapping[str, object], key_name: str = "key", value_name: str = "value"
) -> list[dict[str, object]]:
    return [{key_name: key, value_name: item} for key, item in value.items()]


def _items2dict(
    value: Iterable[Mapping[str, object]], key_name: str = "key", value_name: str = "value"
) -> dict[str, object]:
    return {str(item[key_name]): item[value_name] for item in value}


def _flatten(value: Iterable[object], levels: int | None = None) -> list[object]:
    flat: list[object] = []
    for item in value:
        if isinstance(item, list | tuple) and levels != 0:
            flat.extend(_flatten(item, None if levels is None else levels - 1))
        elif item is not None:
            flat.append(item)
    return flat


def _union(value: Iterable[object], other: Iterable[object]) -> list[object]:
    return _distinct([*value, *other])


def _intersect(value: Iterable[object], other: Iterable[object]) -> list[object]:
    others = list(other)
    return [item for item in _distinct(value) if item in others]


def _difference(value: Iterable[object], other: Iterable[object]) -> list[object]:
    others = list(other)
    return [item for item in _distinct(value) if item not in others]


def _distinct(value: Iterable[object]) -> list[object]:
    seen: list[object] = []
    for item in value:
        if item not in seen:
            seen.append(item)
    return seen


def _extract(key: object, container: Mapping[object, object], *deeper: object) -> object:
    found = container[key]
    for more in deeper:
        for step in more if isinstance(more, list | tuple) else [more]:
            if not isinstance(found, Mapping):
                raise TypeError(f"extract: {step!r} is not there")
            found = found[step]
    return found


def _zip(value: Iterable[object], *others: Iterable[object]) -> list[list[object]]:
    return [list(items) for items in zip(value, *others, strict=False)]


FILTERS: Mapping[str, Callable[..., object]] = {  # type: ignore[explicit-any]  # each takes what it needs
    "b64decode": _b64decode,
    "b64encode": _b64encode,
    "basename": posixpath.basename,
    "bool": truth,
    "combine": _combine,
    "dict2items": _dict2items,
    "difference": _difference,
    "dirname": posixpath.dirname,
    "extract": _extract,
    "flatten": _flatten,
    "from_json": _from_json,
    "hash": _digest,
    "intersect": _intersect,
    "items2dict": _items2dict,
    "mandatory": lambda value, *_: value,  # an undefined value raises by itself
    "path_join": lambda value: posixpath.join(*value),
    "quote": lambda value: shlex.quote(str(value)),
    "regex_escape": _regex_escape,
    "regex_findall": _regex_findall,
    "regex_replace": _regex_replace,
    "regex_search": _regex_search,
    "split": _split,
    "ternary": _ternary,
    "to_json": _to_json,
    "to_nice_json": _to_nice_json,
    "union": _union,
    "zip": _zip,
}


def _match(value: object, pattern: str = "", *, ignorecase: bool = False, multiline: bool = False) -> bool:
    compiled, text = _pattern(pattern, value, ignorecase=ignorecase, multiline=multiline)
    return compiled.match(text) is not None


def _search(value: object, pattern: str = "", *, ignorecase: bool = False, multiline: bool = False) -> bool:
    compiled, text = _pattern(pattern, value, ignorecase=ignorecase, multiline=multiline)
    return compiled.search(text) is not None


def _contains(value: Iterable[object], item: object) -> bool:
    return item in list(value)


def _subset(value: Iterable[object], other: Iterable[object]) -> bool:
    return not _difference(value, other)


def _superset(value: Iterable[object], other: Iterable[object]) -> bool:
    return not _difference(other, value)


def _version(value: object, other: object, compare: str = "==") -> bool:
    """Dotted numbers by value, what is between them by letters; a longer version is the newer one."""
    left, right = _version_key(value), _version_key(other)
    verdicts = {
        ("==", "=", "eq"): left == right,
        ("!=", "<>", "ne"): left != right,
        ("<", "lt"): left < right,
        ("<=", "le"): left <= right,
        (">", "gt"): left > right,
        (">=", "ge"): left >= right,
    }
    for names, verdict in verdicts.items():
        if compare in names:
            return verdict
    raise ValueError(f"version: unknown comparison {compare!r}")


def _version_key(value: object) -> list[tuple[int, int, str]]:
    parts = re.findall(r"[0-9]+|[A-Za-z]+", str(value)[:_TEXT_LIMIT])
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]


TESTS: Mapping[str, Callable[..., bool]] = {  # type: ignore[explicit-any]  # as above
    "all": all,
    "any": any,
    "contains": _contains,
    "falsy": lambda value: not value,
    "match": _match,
    "regex": _search,
    "search": _search,
    "subset": _subset,
    "superset": _superset,
    "truthy": bool,
    "version": _version,
    "version_compare": _version,
}
