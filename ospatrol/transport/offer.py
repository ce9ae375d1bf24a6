"""What is offered to a host at the start of a login."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec
from asyncssh.encryption import get_encryption_algs
from asyncssh.kex import get_kex_algs
from asyncssh.mac import get_mac_algs
from asyncssh.public_key import get_certificate_algs, get_public_key_algs

from ospatrol.transport.algorithms import CIPHERS, HOST_KEYS, KEY_EXCHANGES, MACS, SIGNATURES, chosen, known_first

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ospatrol.transport.host_keys import Known


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """Algorithms, each list in the order of preference."""

    key_exchanges: tuple[str, ...]
    host_keys: tuple[str, ...]
    ciphers: tuple[str, ...]
    macs: tuple[str, ...]
    signatures: tuple[str, ...]


def offer_for(wanted: Mapping[str, str], known: Known) -> Offer:
    """What to offer to a host.

    Args:
        wanted: `SshSettings.algorithms`.
        known: What is on record for its key: those types come first, certificates before them where there is an
            authority, and not at all where there is none.
    """
    offer = _offer(tuple(sorted(wanted.items())))
    host_keys = list(offer.host_keys)
    if wanted.get("hostkeyalgorithms", "")[:1] in {"", "+", "-"}:
        host_keys = known_first(host_keys, known.types)
    if known.authorities:
        possible = {name.decode() for name in get_certificate_algs()}
        certified = [f"{name.removesuffix('@openssh.com')}-cert-v01@openssh.com" for name in host_keys]
        host_keys = [name for name in certified if name in possible] + host_keys
    return msgspec.structs.replace(offer, host_keys=tuple(host_keys))


@cache
def _offer(wanted: tuple[tuple[str, str], ...]) -> Offer:
    said = dict(wanted)
    return Offer(
        key_exchanges=_chosen(said.get("kexalgorithms", ""), KEY_EXCHANGES, get_kex_algs()),
        host_keys=_chosen(said.get("hostkeyalgorithms", ""), HOST_KEYS, get_public_key_algs()),
        ciphers=_chosen(said.get("ciphers", ""), CIPHERS, get_encryption_algs()),
        macs=_chosen(said.get("macs", ""), MACS, get_mac_algs()),
        signatures=_chosen(said.get("pubkeyacceptedalgorithms", ""), SIGNATURES, get_public_key_algs()),
    )


def _chosen(wanted: str, defaults: tuple[str, ...], possible: list[bytes]) -> tuple[str, ...]:
    return tuple(chosen(wanted, defaults, [name.decode() for name in possible if not name.startswith(b"gss-")]))
