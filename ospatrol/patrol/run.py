"""A run of plays: the integrity of hosts, and what became of it since the last run."""

from __future__ import annotations

import time

from ospatrol.engine.compile import Ruleset
from ospatrol.model.run import RunResult
from ospatrol.patrol.collectors import declared_scripts
from ospatrol.patrol.files import FilesTask
from ospatrol.patrol.host import HostPatrol
from ospatrol.patrol.key import scrub_key
from ospatrol.patrol.order import RunOrder, Watcher
from ospatrol.patrol.session import Links, Session, run_session


def run(order: RunOrder, ruleset: Ruleset, watcher: Watcher) -> RunResult:
    """Do what was ordered; see `run_session`.

    Raises:
        StoreLocked: another run holds the workspace.
        StoreError: the workspace cannot be read or written.
    """
    scripts = declared_scripts()

    def worker(session: Session, links: Links) -> HostPatrol:
        return HostPatrol(
            connect=links.connect,
            files=_files_task(session),
            judge=session.judge.alerts,
            store=session.store,
            run_id=session.run_id,
            scripts=scripts,
            sent_to=links.sent_to,
            keep_pins=links.keep_pins,
            limits=order.limits,
            failing=session.failing,
            now=time.time,
        )

    return run_session(order, ruleset, watcher, scripts=scripts, worker=worker)


def _files_task(session: Session) -> FilesTask:
    order = session.order
    return FilesTask(
        session.store,
        baselines=order.baselines,
        scrub_key=scrub_key(order.state),
        limits=order.limits,
        full=order.full,
        now=time.time,
    )
