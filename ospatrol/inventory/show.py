"""A host's variables as a person may see them: resolved, and without secrets."""

from __future__ import annotations

from collections.abc import Mapping

from ospatrol.inventory.export import MASK, shown
from ospatrol.inventory.inventory import Inventory
from ospatrol.inventory.magic import INTERNAL
from ospatrol.inventory.resolve import Scope
from ospatrol.model.errors import ConfigError
from ospatrol.model.value import Value

_SECRET_WORDS = ("pass", "secret", "token")


def shown_variables(inventory: Inventory, host: str) -> tuple[Mapping[str, Value], tuple[ConfigError, ...]]:
    """A host's variables, and what could not be resolved; that stays as it was written.

    Whatever comes from an encrypted value, directly or through others, is masked; so is text under a name that
    says `pass`, `secret` or `token`.

    Raises:
        ConfigErrors: files of variables that cannot be read.
        UsageError: there is no such host.
    """
    scope = inventory.scope(host)
    variables: dict[str, Value] = {}
    problems: list[ConfigError] = []
    for name in scope:
        if name not in INTERNAL:
            variables[name] = _masked(name, _one(scope, name, problems))
    return variables, tuple(problems)


def _one(scope: Scope, name: str, problems: list[ConfigError]) -> Value:
    try:
        value = scope.variable(name)
    except ConfigError as error:
        problems.append(error)
        return shown(scope.written(name), reveal=False)
    return MASK if name in scope.secret else value


def _masked(name: str, value: Value) -> Value:
    match value:
        case Mapping():
            return {key: _masked(key, item) for key, item in value.items()}
        case list() | tuple():
            return [_masked(name, item) for item in value]
        case str() | int() | float() if not isinstance(value, bool) and _says_secret(name):
            return MASK
        case _:
            return value


def _says_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRET_WORDS)
