"""Templates in what a person wrote: a sandbox with native results; the only door to jinja2."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from jinja2 import nodes, pass_context
from jinja2.compiler import Frame
from jinja2.environment import Template
from jinja2.exceptions import SecurityError, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.nativetypes import NativeCodeGenerator
from jinja2.runtime import Context, StrictUndefined, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from ospatrol.load.filters import FILTERS, TESTS
from ospatrol.model.errors import ConfigError, UndefinedVariable
from ospatrol.model.place import Place
from ospatrol.model.value import Value

Lookup = Callable[[str], object]

_DEPTH_LIMIT = 64
_GROWTH_LIMIT = 1_000_000  # characters, items or bits that one multiplication or power may make
_LOOKUP = "\0lookup"
_UNDEFINED_NAME = re.compile(r"'(\w+)' is undefined$")


def render(text: str, lookup: Lookup, place: Place) -> Value:
    """A template's value: of its own type for a lone `{{ x }}`, else text.

    Args:
        text: The template.
        lookup: Gives a variable's value, itself resolved, when the template asks for it; `KeyError` if there is none.
        place: Where the template stands.

    Raises:
        UndefinedVariable: the result depends on a variable that nobody gave.
        ConfigError: the template is malformed, fails, or asks for what the sandbox does not allow.
    """
    try:
        template = _compiled(text)
    except TemplateSyntaxError as error:
        raise ConfigError(place, f"malformed template: {error.message}") from error
    context = template.new_context({_LOOKUP: lookup}, shared=False)
    try:
        return _plain(_joined(template.root_render_func(context)), 0)
    except UndefinedError as error:
        raise _undefined(context, str(error.message), place) from error
    except SecurityError as error:
        raise ConfigError(place, f"the template is not allowed to do this: {error}") from error
    except RecursionError as error:
        raise ConfigError(place, "templates refer to each other in a loop") from error
    # what an expression of a person can raise: wrong types and values, missing keys, division by zero, bad patterns
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, re.error) as error:
        raise ConfigError(place, f"the template fails: {error}") from error


class _Missing(StrictUndefined):
    """A variable that nobody gave: `a.b.c | default(x)` works where `a` is missing; every use fails."""

    __slots__ = ()

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, name: object) -> object:  # type: ignore[override]  # the base never returns
        return self


class _Context(Context):
    """Finds variables when the template asks for them, not before."""

    def resolve_or_missing(self, key: str) -> object:
        if key in self.vars:
            return self.vars[key]
        lookup: Lookup = self.parent[_LOOKUP]
        try:
            return lookup(key)
        except UndefinedVariable as error:
            # `default` may still save it; if nothing does, the error names the deeper place
            self.causes[str(error)] = error
            return self.environment.undefined(hint=str(error))
        except KeyError:
            return self.parent.get(key, missing)

    @property
    def causes(self) -> dict[str, UndefinedVariable]:
        """What went wrong deeper, by its message."""
        found: dict[str, UndefinedVariable] = self.parent.setdefault("\0causes", {})
        return found


class _Code(NativeCodeGenerator):
    """Keeps the type of constants too: `{{ 1 }}` is a number."""

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: object) -> str:  # noqa: ARG002  # Jinja's
        if isinstance(node, nodes.TemplateData):
            return node.data
        raise nodes.Impossible


class _Environment(ImmutableSandboxedEnvironment):
    code_generator_class = _Code
    context_class = _Context
    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        """A multiplication or power, unless what comes out would be huge."""
        if _growth(operator, left, right) > _GROWTH_LIMIT:
            raise SecurityError(f"{operator} would make more than {_GROWTH_LIMIT} of something")
        result: object = super().call_binop(context, operator, left, right)
        return result


def _growth(operator: str, left: object, right: object) -> int:
    if operator == "**":
        return left.bit_length() * abs(right) if isinstance(left, int) and isinstance(right, int) else 0
    for many, times in ((left, right), (right, left)):
        if isinstance(many, str | list | tuple) and isinstance(times, int):
            return len(many) * times
    return 0


def _joined(pieces: Iterable[object]) -> object:
    parts = list(pieces)
    if len(parts) == 1:
        return parts[0]
    return "".join(str(part) for part in parts)


def _plain(value: object, depth: int) -> Value:
    """A template's result in built-in types."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Undefined):
        str(value)  # raises, and says what is missing
    if depth > _DEPTH_LIMIT:
        raise ValueError("its value is nested too deeply")
    if isinstance(value, Mapping):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [_plain(item, depth + 1) for item in value]
    raise TypeError(f"its value is a {type(value).__name__}, not text, number, list or mapping")


def _undefined(context: Context, message: str, place: Place) -> UndefinedVariable:
    cause = context.causes.get(message) if isinstance(context, _Context) else None
    if cause is not None:
        return cause
    name = _UNDEFINED_NAME.match(message)
    return UndefinedVariable(place, f"the template uses what nobody gave: {message}", name=name[1] if name else "")


@pass_context
def _lookup(context: Context, plugin: str, *terms: object, default: object = None, wantlist: bool = False) -> object:
    match plugin.removeprefix("ansible.builtin."):
        case "env":
            found = [os.environ.get(str(term), "" if default is None else default) for term in terms]
        case "vars":
            found = [_variable(context, str(term), default) for term in terms]
        case _:
            raise SecurityError(f"lookup({plugin!r}) is not supported; 'env' and 'vars' are")
    if wantlist:
        return found
    return found[0] if len(found) == 1 else ",".join(str(item) for item in found)


@pass_context
def _query(context: Context, plugin: str, *terms: object, default: object = None) -> object:
    return _lookup(context, plugin, *terms, default=default, wantlist=True)


def _variable(context: Context, name: str, default: object) -> object:
    value: object = context.resolve(name)
    return default if isinstance(value, Undefined) and default is not None else value


@lru_cache(maxsize=1)
def _environment() -> _Environment:
    environment = _Environment(undefined=_Missing, keep_trailing_newline=True, cache_size=0)
    environment.filters.update(FILTERS)
    environment.tests.update(TESTS)
    environment.globals.update({"lookup": _lookup, "query": _query, "q": _query})
    return environment


@lru_cache(maxsize=4096)
def _compiled(text: str) -> Template:
    return _environment().from_string(text)
