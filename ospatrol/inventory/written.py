"""Variables as they were written: values not yet resolved, each with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from ospatrol.load.yaml import Tagged
from ospatrol.model.place import Place

Written: TypeAlias = "bool | int | float | str | Tagged | Sequence[Written] | Mapping[str, Written] | None"

VAULT_TAGS = frozenset({"!vault", "!vault-encrypted"})
UNSAFE_TAG = "!unsafe"


class Variable(msgspec.Struct, frozen=True, gc=False):
    """One variable of one host or group, from one place.

    Attributes:
        value: With its templates and vault texts as they stand.
        place: Where it was written.
        secret: Whether it comes from an encrypted file.
    """

    value: Written
    place: Place
    secret: bool = False


Variables: TypeAlias = Mapping[str, Variable]
