"""Files that people ask results to be written to."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """A file that is there as a whole, or as it was before.

    A link of one's own stays one, and what is no regular file, such as a pipe or `/dev/null`, is written to as it is.
    A file that was there keeps its permissions.

    Raises:
        OSError: it cannot be written, or is a link that somebody else made.
    """
    if path.is_symlink() and path.lstat().st_uid not in {0, os.geteuid()}:
        raise PermissionError(0, "somebody else's link")
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8") as file:
            yield file
        return
    real = path.resolve()
    descriptor, name = mkstemp(dir=real.parent, prefix=f".{real.name}.")
    half = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file
        half.chmod(real.stat().st_mode & 0o777 if real.exists() else 0o666 & ~_umask())
        half.replace(real)
    except BaseException:
        half.unlink(missing_ok=True)
        raise


def _umask() -> int:
    """What a new file is made without."""
    umask = os.umask(0o077)
    os.umask(umask)
    return umask
