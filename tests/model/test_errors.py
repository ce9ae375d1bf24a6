from __future__ import annotations

import re

import pytest

from ospatrol.model import errors
from ospatrol.model.errors import ConfigError, ConfigErrors, HostError, HostKeyChanged, OSPatrolError
from ospatrol.model.place import Place

OURS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, OSPatrolError)]


def test_a_mistake_says_where_it_stands_first() -> None:
    error = ConfigError(Place("hosts.yml", 12), "host 'web1' has no address")

    assert str(error) == "hosts.yml:12: host 'web1' has no address"
    assert error.problem == "host 'web1' has no address"


def test_mistakes_come_in_the_order_of_their_places() -> None:
    late, early = ConfigError(Place("a.yml", 9), "late"), ConfigError(Place("a.yml", 2), "early")

    error = ConfigErrors([late, early])

    assert error.errors == (early, late)
    assert str(error) == "a.yml:2: early\na.yml:9: late"


def test_a_changed_host_key_carries_both_keys() -> None:
    error = HostKeyChanged("changed", seen="SHA256:a", known=("SHA256:b",))

    assert (str(error), error.seen, error.known, error.step) == ("changed", "SHA256:a", ("SHA256:b",), "host key")


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_every_error_is_drawn_in_the_tree(kind: type[OSPatrolError]) -> None:
    assert re.search(rf"\b{kind.__name__}\b", errors.__doc__ or "")


@pytest.mark.parametrize("kind", [kind for kind in OURS if issubclass(kind, HostError)], ids=lambda kind: kind.__name__)
def test_every_host_error_names_its_step(kind: type[HostError]) -> None:
    assert kind is HostError or kind.step != "host"
