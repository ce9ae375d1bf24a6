"""Sigma rules: https://sigmahq.io/sigma-specification; read by pySigma, the optional extra `ospatrol[sigma]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ospatrol.dialect.sigma_rules import SigmaRules
from ospatrol.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "sigma"


def read_sigma(files: Sequence[tuple[str, str]]) -> SigmaRules:
    """All that some Sigma files say, what is wrong with them, and what cannot be expressed.

    Rules may refer to each other across all files: they are to be read in one call. It takes about 1 ms a rule, so
    that whoever reads the same files again and again should keep the outcome.

    Args:
        files: Path as the person named it, and text.

    Raises:
        UsageError: pySigma is not installed.
    """
    try:
        from ospatrol.dialect.sigma_read import read_files  # noqa: PLC0415 - an optional extra, half a second to import
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("ospatrol"):
            raise
        raise UsageError(
            f"Sigma rules need pySigma, and the module {error.name!r} is missing: pip install 'ospatrol[sigma]'"
        ) from error
    return read_files(files)
