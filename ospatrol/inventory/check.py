"""Every mistake of an inventory that shows only when its variables are used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from ospatrol.inventory import target
from ospatrol.inventory.inventory import Inventory
from ospatrol.inventory.magic import INTERNAL
from ospatrol.inventory.resolve import Scope
from ospatrol.inventory.target_device import ENABLE_PASSWORD, network_os
from ospatrol.model.errors import ConfigError, ConfigErrors, UndefinedVariable
from ospatrol.model.host import BecomeMethod, NetworkOs, TransportKind

_PREFIX = "ansible_"
_NEAR = 0.86  # `ansible_ssh_usr` is meant to be `ansible_ssh_user`; `ansible_python_interpreter` is nothing near
_GONE = {
    "ansible_sudo": "ansible_become",
    "ansible_su": "ansible_become",
    "ansible_sudo_password": "ansible_become_password",
    "ansible_ssh_key": "ansible_ssh_private_key_file",
    "ansible_ssh_private_key": "ansible_ssh_private_key_file",
    "ansible_hostname": "ansible_host",
    "ansible_username": "ansible_user",
}
# Ansible's own names that look like slips of the others
_OTHERS = frozenset(
    {
        "ansible_become_flags",
        "ansible_private_key",
        "ansible_ssh_executable",
        "ansible_ssh_host_key_checking",
        "ansible_host_key_checking",
        "ansible_ssh_pipelining",
        "ansible_ssh_port",
        "ansible_ssh_retries",
        "ansible_ssh_timeout",
    }
)


def mistakes(inventory: Inventory, hosts: Iterable[str]) -> tuple[ConfigError, ...]:
    """What is wrong with the variables of some hosts, each mistake once, in the order of their places.

    A variable that only Ansible's facts could give (its name begins with `ansible_`) is no mistake.
    """
    found: dict[str, ConfigError] = {}
    for host in hosts:
        for problem in _of_host(inventory, host):
            found.setdefault(str(problem), problem)
    return tuple(sorted(found.values(), key=lambda problem: problem.place))


def _of_host(inventory: Inventory, host: str) -> Iterator[ConfigError]:
    try:
        scope = inventory.scope(host)
    except ConfigErrors as errors:
        yield from errors.errors
        return
    names = [name for name in scope if name not in INTERNAL]
    yield from _unresolvable(scope, names)
    yield from _misspelt(scope, names)
    try:
        reached = inventory.target(host)
    except ConfigErrors as errors:
        yield from errors.errors
        return
    if reached.transport is not TransportKind.NETWORK:
        yield from _misspelt_platform(scope)


def _misspelt_platform(scope: Scope) -> Iterator[ConfigError]:
    """A network OS that looks like a slip, though nothing reads it; what is far from all is somebody else's."""
    for name in target.PLATFORM:
        try:
            network_os(str(scope.value(name)) if name in scope else NetworkOs.IOS)
        except ValueError as error:
            if "; did you mean" in str(error):
                yield ConfigError(scope.place(name), f"{name}: {error}")
        except (ConfigError, ConfigErrors):  # told already
            continue


def _unresolvable(scope: Scope, names: Iterable[str]) -> Iterator[ConfigError]:
    for name in names:
        try:
            scope.variable(name)
        except UndefinedVariable as error:
            if not error.name.startswith(_PREFIX):
                yield error
        except ConfigError as error:
            yield error
        except ConfigErrors as errors:
            yield from errors.errors


def _misspelt(scope: Scope, names: Iterable[str]) -> Iterator[ConfigError]:
    known = _known()
    for name in names:
        if name.startswith(_PREFIX) and name not in known and name not in _OTHERS:
            near = [_GONE[name]] if name in _GONE else get_close_matches(name, known, n=1, cutoff=_NEAR)
            if near:
                yield ConfigError(scope.place(name), f"unknown connection variable {name!r}; did you mean {near[0]!r}?")


def _known() -> frozenset[str]:
    patterns = (
        *target.HOST,
        *target.PORT,
        *target.USER,
        *target.PASSWORD,
        *target.KEY_FILE,
        *target.KEY_PASSPHRASE,
        *target.CONNECTION,
        *target.SSH_ARGUMENTS,
        *target.BECOME,
        *target.BECOME_METHOD,
        *target.BECOME_USER,
        *target.BECOME_PASSWORD,
        *ENABLE_PASSWORD,
        *target.BECOME_PROGRAM,
        *target.PLATFORM,
    )
    return frozenset(pattern.format(method) for pattern in patterns for method in BecomeMethod)
