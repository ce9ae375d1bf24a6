"""One live progress bar on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ospatrol.model.run import HostResult, HostStatus


class Bar:
    """A context manager that gives a function to be told of each host."""

    def __init__(self, total: int) -> None:
        self._progress = Progress(
            TextColumn("patrolling"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[alerts]} alerts"),
            console=Console(stderr=True, highlight=False),
            transient=True,
        )
        self._task = self._progress.add_task("", total=total, alerts=0)
        self._alerts = 0

    def __enter__(self) -> Callable[[HostResult], None]:
        self._progress.start()
        return self._done

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def _done(self, result: HostResult) -> None:
        self._alerts += result.alerts
        self._progress.update(self._task, advance=1, alerts=self._alerts)
        if result.status is HostStatus.FAILED:
            self._progress.console.print(escape(f"{result.host}: not assessed: {result.step}: {result.problem}"))
