"""Configuration tasks of a run: one device captured, compared, and kept."""

from __future__ import annotations

import asyncio
import getpass
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ospatrol.collect.config import Ask, ConfigScope, ask_by_vtysh, chosen_captures
from ospatrol.integrity.config_golden import Golden
from ospatrol.integrity.config_profile import ReadyProfile
from ospatrol.model.errors import ConfigError, ConfigErrors
from ospatrol.model.place import Place
from ospatrol.patrol.config_known import known_config
from ospatrol.patrol.config_outcome import ConfigLook, config_outcome
from ospatrol.patrol.config_profiles import ProfileLibrary
from ospatrol.patrol.config_tour import Tour, Toured, gone_contexts, inner_looks, together, tour
from ospatrol.patrol.key import scrub_key
from ospatrol.patrol.plan import HostPlan, TaskPlan
from ospatrol.patrol.work import Outcome, Work
from ospatrol.store.config_history import ConfigHistory
from ospatrol.store.config_states import ConfigStates
from ospatrol.transport.connection import Connection

if TYPE_CHECKING:
    from ospatrol.patrol.session import Session
    from ospatrol.transport.device import DeviceConnection

_ON_UNIX = "frr"
_GOLDEN_LIMIT = 8 << 20
_JUDGED_AT_ONCE = 2
_TOURING = 0.6  # of the host's time; policies ask too


def open_config(session: Session) -> Work:
    """The work of the collector `config`.

    Raises:
        ConfigErrors: a device profile cannot be used.
        StoreError: the workspace's key cannot be read.
    """
    state, baselines = session.order.state, session.order.baselines
    key, library = scrub_key(state), ProfileLibrary()
    library.open()  # now: files are not to be read while hosts are asked
    history, states = ConfigHistory(state), ConfigStates(state)
    author, golden = _author(), _Goldens(key)
    slots = asyncio.Semaphore(_JUDGED_AT_ONCE)  # to compare takes the processor, and memory

    async def work(connection: Connection, plan: HostPlan, task: TaskPlan) -> Outcome:
        scope = task.arguments
        if not isinstance(scope, ConfigScope):
            raise TypeError(f"{task.name!r} has arguments of another collector")
        ready = await asyncio.to_thread(library.ready, scope.profile or _platform(connection))
        captures, host = chosen_captures(scope, ready), plan.target.host
        names = tuple(capture.name for capture in captures)
        known = await asyncio.to_thread(known_config, state, baselines, host, task.name, names)
        before, spent_s = known.state.context if known.state else "", _TOURING * session.order.limits.host_s
        wanted = Tour(scope=scope, key=key, before=before, ends=asyncio.get_running_loop().time() + spent_s)
        toured = await tour(connection, _asking(connection, scope), captures, ready, wanted)
        look = ConfigLook(
            host=host,
            task=task.name,
            at=time.time(),
            run=session.run_id,
            author=author,
            ready=ready,
            known=known,
            found=toured.own,
            golden=await asyncio.to_thread(golden.of, scope.golden, ready) if scope.golden else None,
            compare_startup=scope.unsaved,
            context=toured.context,
        )

        async with slots:
            return await asyncio.to_thread(_outcome, look, toured, history, states, baselines)

    return work


def _outcome(
    look: ConfigLook, toured: Toured, history: ConfigHistory, states: ConfigStates, baselines: Path
) -> Outcome:
    """What a device and its virtual systems come to; blocking."""
    looks = [look, *inner_looks(look, toured, states.folder, baselines)]
    outcomes = [config_outcome(each, history, states) for each in looks]
    return together(outcomes, looks, toured, gone_contexts(states, look, toured) if toured.inner else ())


class _Goldens:
    """Golden configurations, each read once."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._read: dict[tuple[str, str], Golden] = {}

    def of(self, path: str, ready: ReadyProfile) -> Golden:
        """The golden configuration of a file.

        Raises:
            ConfigError, ConfigErrors: it cannot be read or used.
        """
        wanted = (path, ready.profile.platform)
        if wanted not in self._read:
            self._read[wanted] = Golden(golden_text(path), path, ready, self._key)
        return self._read[wanted]


def golden_text(path: str) -> str:
    """The text of a golden configuration.

    Raises:
        ConfigErrors: it cannot be read, or is far too long.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise ConfigErrors([ConfigError(Place(path), f"the golden configuration cannot be read: {why}")]) from error
    if len(text) > _GOLDEN_LIMIT:
        raise ConfigErrors([ConfigError(Place(path), f"a golden configuration has at most {_GOLDEN_LIMIT} characters")])
    return text


def _platform(connection: Connection) -> str:
    platform = connection.target.platform
    return _ON_UNIX if platform == "posix" else platform


def _asking(connection: Connection, scope: ConfigScope) -> Ask:
    """How the device behind a connection is asked."""
    if not hasattr(connection, "ask"):
        return ask_by_vtysh(connection, scope)
    device = cast("DeviceConnection", connection)

    async def ask(command: str) -> str:
        return await device.ask(command, limit_s=scope.command_s, limit_bytes=scope.max_bytes)

    return ask


def _author() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as containers have
        return str(os.getuid())
