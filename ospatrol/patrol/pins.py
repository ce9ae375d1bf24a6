"""Pinned host keys between the registry, which people read, and the transport, which compares them."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from hashlib import sha256

from ospatrol.store.registry import Pin
from ospatrol.transport.host_keys import PinnedKey

_DEFAULT_PORT = 22
_NAME = re.compile(r"\[(?P<address>.*)\]:(?P<port>\d+)")


def as_pinned_key(pin: Pin) -> PinnedKey:
    """A pin as the transport knows it: named as in known_hosts(5)."""
    name = pin.address if pin.port == _DEFAULT_PORT else f"[{pin.address}]:{pin.port}"
    return PinnedKey(name=name, key=f"{pin.key_type} {pin.key}", host=pin.host)


def as_pin(key: PinnedKey, run_id: str) -> Pin:
    """A key that was accepted in a run, as the registry keeps it."""
    named = _NAME.fullmatch(key.name)
    key_type, _, encoded = key.key.partition(" ")
    digest = b64encode(sha256(b64decode(encoded)).digest()).decode().rstrip("=")
    return Pin(
        host=key.host,
        address=named["address"] if named else key.name,
        port=int(named["port"]) if named else _DEFAULT_PORT,
        key_type=key_type,
        key=encoded,
        fingerprint=f"SHA256:{digest}",
        pinned_at=datetime.now(UTC),
        run=run_id,
    )
