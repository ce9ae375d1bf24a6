"""Variables as they are meant: templates rendered and vault texts opened, when they are asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from ospatrol.inventory.tree import at
from ospatrol.inventory.written import VAULT_TAGS, Variable, Variables, Written
from ospatrol.load.vault import VaultKeys, decrypt
from ospatrol.load.yaml import LinedList, Tagged
from ospatrol.model.errors import ConfigError, UndefinedVariable
from ospatrol.model.place import Place
from ospatrol.model.value import Value

CHAIN_LIMIT = 40  # variables that refer to each other, one to the next

_TEMPLATE = re.compile(r"\{\{|\{%|\{#")


class Scope:
    """The variables of one host.

    Args:
        variables: As they were written.
        magic: What Ansible adds, such as `inventory_hostname`; wins over `variables`.
        extra: Variables of a play; win over both.
        keys: The vault passwords.
    """

    def __init__(
        self,
        variables: Variables,
        *,
        magic: Mapping[str, Callable[[Scope], object]],
        extra: Variables,
        keys: VaultKeys,
    ) -> None:
        self._variables = variables
        self._magic = magic
        self._extra = extra
        self._keys = keys
        self._resolved: dict[str, Value] = {}
        self._open: list[str] = []
        self._touched_secret = False
        self.secret: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._extra or name in self._magic or name in self._variables

    def __iter__(self) -> Iterator[str]:
        return iter({**self._variables, **self._magic, **self._extra})

    def written(self, name: str) -> Variable:
        """A variable of the play or of the inventory as it was written."""
        return self._extra.get(name) or self._variables[name]

    def place(self, name: str) -> Place:
        """Where a variable of the play or of the inventory was written."""
        return self.written(name).place

    def value(self, name: str) -> object:
        """A variable, or what Ansible adds, resolved.

        Raises:
            KeyError: there is none of that name.
            UndefinedVariable: it depends on one that nobody gave.
            ConfigError: its template fails, or its vault text cannot be opened.
            ConfigErrors: it needs files of another host's variables that cannot be read.
        """
        if name in self._magic and name not in self._extra:
            return self._magic[name](self)
        return self.variable(name)

    def variable(self, name: str) -> Value:
        """A variable of the play or of the inventory, resolved.

        Raises:
            KeyError, UndefinedVariable, ConfigError, ConfigErrors: as `value`.
        """
        if name in self._resolved:
            self._touched_secret |= name in self.secret
            return self._resolved[name]
        return self._resolve(name, self.written(name))

    def render(self, value: Written, place: Place) -> Value:
        """Any value with everything in it resolved.

        Args:
            value: As it was written.
            place: Where, for what inside of it does not know better.

        Raises:
            UndefinedVariable, ConfigError: as `value`.
        """
        match value:
            case str():
                return self._rendered(value, place) if _TEMPLATE.search(value) else value
            case Tagged():
                return self._opened(value, value.place if value.place.path else place)
            case Mapping():
                return {key: self.render(item, at(value, key, place)) for key, item in value.items()}
            case None | bool() | int() | float():
                return value
            case LinedList():
                return [self.render(item, value.at(index)) for index, item in enumerate(value)]
            case _:
                return [self.render(item, place) for item in value]

    def touch_secret(self) -> None:
        """Note that what is being resolved depends on an encrypted value."""
        self._touched_secret = True

    def _resolve(self, name: str, variable: Variable) -> Value:
        if name in self._open:
            loop = " -> ".join([*self._open[self._open.index(name) :], name])
            raise ConfigError(variable.place, f"variables refer to each other in a loop: {loop}")
        if len(self._open) >= CHAIN_LIMIT:
            raise ConfigError(variable.place, f"more than {CHAIN_LIMIT} variables refer to each other, one to the next")
        touched_before, self._touched_secret = self._touched_secret, variable.secret
        self._open.append(name)
        try:
            value = self.render(variable.value, variable.place)
            if self._touched_secret:
                self.secret.add(name)
        finally:
            self._open.pop()
            self._touched_secret |= touched_before
        self._resolved[name] = value
        return value

    def _rendered(self, text: str, place: Place) -> Value:
        from ospatrol.load.template import render  # noqa: PLC0415  # most inventories have no template: start-up time

        try:
            return render(text, self.value, place)
        except UndefinedVariable:
            raise
        except ConfigError as error:
            if self._touched_secret and error.place == place:
                problem = "the template fails; why is not shown, as it uses an encrypted value"
                raise ConfigError(place, problem) from None
            raise

    def _opened(self, tagged: Tagged, place: Place) -> Value:
        if tagged.tag not in VAULT_TAGS:
            return tagged.text
        self._touched_secret = True
        text = decrypt(tagged.text, self._keys, place).decode("utf-8", "surrogateescape")
        return self._rendered(text, place) if _TEMPLATE.search(text) else text
