"""Files that people ask results to be written to."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """A file that is there as a whole, or as it was before.

    A link stays one, and what is no regular file, such as a pipe or `/dev/null`, is written to as it is.

    Raises:
        OSError: it cannot be written.
    """
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8") as file:
            yield file
        return
    real = path.resolve()
    half = real.with_name(f"{real.name}.new")
    with half.open("w", encoding="utf-8") as file:
        yield file
    half.replace(real)
