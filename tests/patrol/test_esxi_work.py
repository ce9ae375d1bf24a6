"""The work of the collector `esxi`; what it does on hosts is in the tests of the command line."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from ospatrol.model.files import FileScope
from ospatrol.patrol.esxi_work import open_esxi
from ospatrol.patrol.limits import RunLimits
from ospatrol.patrol.plan import TaskPlan


async def test_arguments_of_another_collector_are_refused(tmp_path):
    work = await asyncio.to_thread(
        open_esxi, SimpleNamespace(order=SimpleNamespace(limits=RunLimits(), state=tmp_path))
    )
    task = TaskPlan(name="guests", collector="esxi", arguments=FileScope(paths=("/etc",)))

    with pytest.raises(TypeError, match="another collector"):
        await work(SimpleNamespace(), SimpleNamespace(), task)
