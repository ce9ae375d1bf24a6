"""Which kinds of tasks there are: the name of a collector, and what is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ospatrol.patrol.config_work import open_config
from ospatrol.patrol.esxi_work import open_esxi
from ospatrol.patrol.files import open_files
from ospatrol.patrol.rootkit_work import open_rootkit
from ospatrol.patrol.state_work import open_state
from ospatrol.patrol.work import Opener

WORKS: Mapping[str, Opener] = MappingProxyType(
    {
        "esxi": open_esxi,
        "config": open_config,
        "files": open_files,
        "rootkit": open_rootkit,
        "state": open_state,
    }
)
"""Of every collector but `policy`, whose policies and waivers are read before a run begins."""
