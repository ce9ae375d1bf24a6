"""Contents by their address: each kept once, compressed, and checked whenever it is read.

A content that resembles an older one is compressed against it: thirty snapshots of a host on which little moves take
little more than one. What it is compressed against never depends on a third, so that reading takes two rows at most.
"""

from __future__ import annotations

import sqlite3
from enum import IntEnum

import msgspec
import zstandard

from ospatrol.model.errors import StoreError
from ospatrol.store.codecs import digest_of, key_of

_LEVEL = 1  # on a snapshot, half of it digests, 3 is twice as dear and no smaller
_LIKENESS_LEVEL = 1
_LEAST_TABLE_LOG = 10
# beyond it the tables that find matches would take more memory than a host is worth
_LIKENESS_LIMIT_BYTES = 16 << 20


class BlobKind(IntEnum):
    """What a content is; the numbers stand in databases, and never change."""

    SNAPSHOT = 1
    TEXT = 2
    PACKAGES = 3
    TEXTS = 4
    SCRIPT = 5


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Plain bytes and their address.

    Attributes:
        kind: What it is.
        digest: SHA-256 of the bytes, in hexadecimal.
        plain: The bytes.
    """

    kind: BlobKind
    digest: str
    plain: bytes


def content_of(kind: BlobKind, plain: bytes) -> Content:
    """The bytes with their address; worth doing before a transaction begins."""
    return Content(kind=kind, digest=digest_of(plain), plain=plain)


def holds(connection: sqlite3.Connection, kind: BlobKind, digest: str) -> bool:
    """Whether the content is there."""
    query = "SELECT 1 FROM blob WHERE digest = ? AND kind = ?"
    return connection.execute(query, (key_of(digest), kind)).fetchone() is not None


def put(connection: sqlite3.Connection, content: Content, *, like: str | None = None) -> None:
    """Keep a content, unless it is there already.

    Args:
        connection: In a transaction.
        content: What to keep.
        like: Digest of a content of the same kind that it may resemble.

    Raises:
        sqlite3.Error: as SQLite says.
    """
    if holds(connection, content.kind, content.digest):
        return
    base, body = _squeeze(connection, content, like)
    row = (key_of(content.digest), content.kind, len(content.plain), base, body)
    connection.execute("INSERT INTO blob (digest, kind, size, base, body) VALUES (?, ?, ?, ?, ?)", row)


def get(connection: sqlite3.Connection, kind: BlobKind, digest: str) -> bytes:
    """The content.

    Raises:
        StoreError: it is not there, or no longer what it was.
        sqlite3.Error: as SQLite says.
    """
    found = _row(connection, kind, key_of(digest))
    if found is None:
        raise StoreError(f"{kind.name.lower()} {digest} is not in the store: it was never there, or `gc` removed it")
    size, base, body = found
    plain = _expand(body, size, _base(connection, kind, base))
    if plain is None or digest_of(plain) != digest:
        raise StoreError(
            f"{kind.name.lower()} {digest} is not what was stored: the database is damaged; "
            "`ospatrol store verify` says what is affected"
        )
    return plain


def compress(plain: bytes) -> bytes:
    """A small zstd frame of its own."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(plain)


def decompress(body: bytes) -> bytes:
    """What `compress` was given.

    Raises:
        zstandard.ZstdError: the frame is damaged.
    """
    return zstandard.ZstdDecompressor().decompress(body)


def _row(connection: sqlite3.Connection, kind: BlobKind, key: bytes) -> tuple[int, bytes | None, bytes] | None:
    query = "SELECT size, base, body FROM blob WHERE digest = ? AND kind = ?"
    row: tuple[int, bytes | None, bytes] | None = connection.execute(query, (key, kind)).fetchone()
    return row


def _base(connection: sqlite3.Connection, kind: BlobKind, key: bytes | None) -> bytes | None:
    """The plain bytes that another content was compressed against."""
    found = None if key is None else _row(connection, kind, key)
    return None if found is None else _expand(found[2], found[0], None)


def _squeeze(connection: sqlite3.Connection, content: Content, like: str | None) -> tuple[bytes | None, bytes]:
    """The base's address and the frame; alone where likeness does not pay."""
    kind, plain = content.kind, content.plain
    key = None if like is None else key_of(like)
    found = None if key is None else _row(connection, kind, key)
    if key is None or found is None or max(len(plain), found[0]) > _LIKENESS_LIMIT_BYTES:
        return None, compress(plain)
    if found[1] is not None:
        key = found[1]
        found = _row(connection, kind, key)
    base = None if found is None else _expand(found[2], found[0], None)
    if found is None or base is None or digest_of(base) != key.hex():
        return None, compress(plain)
    body = _compress_against(plain, base)
    # when half of it is new, the next one had better start afresh
    return (key, body) if 2 * len(body) < len(found[2]) else (None, compress(plain))


def _compress_against(plain: bytes, base: bytes) -> bytes:
    bits = (len(plain) + len(base)).bit_length()
    # the tables that zstd chooses by itself forget most of a dictionary of several MiB; at a sixteenth of the bytes
    # they find nearly everything, at half of that next to nothing (measured from 100 KiB to 16 MiB)
    table = max(bits - 4, _LEAST_TABLE_LOG)
    parameters = zstandard.ZstdCompressionParameters.from_level(
        _LIKENESS_LEVEL,
        source_size=len(plain),
        dict_size=len(base),
        window_log=max(bits, zstandard.WINDOWLOG_MIN),
        hash_log=table,
        chain_log=table,
    )
    return zstandard.ZstdCompressor(compression_params=parameters, dict_data=_dictionary(base)).compress(plain)


def _expand(body: bytes, size: int, base: bytes | None) -> bytes | None:
    """The plain bytes; None where the frame is damaged, or promises another size and so another need of memory."""
    try:
        if zstandard.frame_content_size(body) != size:
            return None
        dictionary = None if base is None else _dictionary(base)
        return zstandard.ZstdDecompressor(dict_data=dictionary).decompress(body)
    except zstandard.ZstdError:
        return None


def _dictionary(base: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
