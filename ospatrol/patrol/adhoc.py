"""Hosts named on the command line without an inventory: `ssh://user@host:port` and `localhost`."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import msgspec

from ospatrol.inventory.target import Overrides
from ospatrol.model.errors import UsageError
from ospatrol.model.host import Become, BecomeMethod, Target, TransportKind


def adhoc_target(name: str) -> Target | None:
    """How a host is reached that is written as a URL, or is this machine; None for an inventory name.

    Raises:
        UsageError: the URL says what it cannot mean, such as a password, which would show in the process list.
    """
    if name in {"localhost", "local://"}:
        return Target(host="localhost", address="localhost", transport=TransportKind.LOCAL)
    if "://" not in name:
        return None
    try:
        url = urlsplit(name)
        port = url.port
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from error
    if url.scheme != "ssh" or not url.hostname or url.path.strip("/") or url.query or url.fragment:
        raise UsageError(f"{name}: write ssh://[user@]host[:port]")
    if url.password is not None:
        raise UsageError("a password does not belong on the command line; use -k to be asked for it, or a key")
    if url.hostname.startswith("-"):
        raise UsageError(f"{name}: no host name begins with a dash")
    address = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    shown = url.hostname if port is None else f"{address}:{port}"
    user = unquote(url.username) if url.username else None
    return Target(host=shown, address=url.hostname, port=port, user=user)


def with_overrides(target: Target, overrides: Overrides) -> Target:
    """The same host, reached as the command line says."""
    become = None
    if overrides.become:
        become = Become(
            method=overrides.become_method or BecomeMethod.SUDO,
            user=overrides.become_user or "root",
            password=overrides.become_password,
        )
    return msgspec.structs.replace(
        target,
        user=overrides.user or target.user,
        password=overrides.password,
        key_files=overrides.key_files,
        become=become,
    )
