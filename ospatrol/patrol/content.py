"""Where the content that ships with OSPatrol lies."""

from __future__ import annotations

from pathlib import Path

from ospatrol.model.errors import OSPatrolError

_PACKAGE = Path(__file__).parents[1]


def content_folder(name: str) -> Path:
    """The folder `rules`, `checks`, `playbooks` or `agent`: inside an installed wheel, or of a checkout.

    Raises:
        OSPatrolError: the installation is incomplete.
    """
    for place in (_PACKAGE / "_content" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise OSPatrolError(f"this installation has no {name}/; install ospatrol again")
