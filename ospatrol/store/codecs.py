"""Values to plain bytes and back. The SHA-256 of the plain bytes is the value's content address."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

import msgspec

from ospatrol.model.errors import StoreError
from ospatrol.model.files import Snapshot
from ospatrol.model.packages import Packages

_ENCODER = msgspec.msgpack.Encoder()
_PACKAGES = msgspec.msgpack.Decoder(Packages)
_TEXTS = msgspec.msgpack.Decoder(dict[bytes, str])


def digest_of(plain: bytes) -> str:
    """The content address, in hexadecimal."""
    return sha256(plain).hexdigest()


def key_of(digest: str) -> bytes:
    """The address as it stands in the database.

    Raises:
        StoreError: it is no SHA-256 in hexadecimal.
    """
    try:
        key = bytes.fromhex(digest)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise StoreError(f"{digest!r} is no digest: 64 hexadecimal digits are")
    return key


def from_snapshot(snapshot: Snapshot) -> bytes:
    """The very bytes that `Snapshot.digest` is the SHA-256 of."""
    head = f"{len(snapshot.listing)} {len(snapshot.extras)}\n".encode()
    return b"".join((head, snapshot.listing, snapshot.extras))


def to_snapshot(plain: bytes) -> Snapshot:
    """The snapshot; the bytes are known to be what `from_snapshot` gave."""
    end = plain.index(b"\n") + 1
    listed = end + int(plain[:end].split()[0])
    return Snapshot(listing=plain[end:listed], extras=plain[listed:])


def from_packages(packages: Packages) -> bytes:
    """The same bytes for equal package lists."""
    # two equal values must give the same bytes, whatever the order in which they were filled
    versions, owners = dict(sorted(packages.versions.items())), dict(sorted(packages.owners.items()))
    return _ENCODER.encode(msgspec.structs.replace(packages, versions=versions, owners=owners))


def to_packages(plain: bytes) -> Packages:
    """The package list.

    Raises:
        msgspec.MsgspecError: the bytes are none.
    """
    return _PACKAGES.decode(plain)


def from_texts(texts: Mapping[bytes, str]) -> bytes:
    """Path to digest of its text, the same bytes for equal mappings."""
    return _ENCODER.encode(dict(sorted(texts.items())))


def to_texts(plain: bytes) -> Mapping[bytes, str]:
    """Path to digest of its text.

    Raises:
        msgspec.MsgspecError: the bytes are none.
    """
    return _TEXTS.decode(plain)
