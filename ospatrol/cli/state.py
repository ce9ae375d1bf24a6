"""`ospatrol state`: what hosts are made of besides files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ospatrol.cli.exit import ExitStatus
from ospatrol.cli.options import AS_JSON
from ospatrol.cli.verbs import Whole
from ospatrol.model.errors import UsageError

if TYPE_CHECKING:
    from ospatrol.model.state import HostState
    from ospatrol.store.state import StateRecord, StateStore

_EPILOG = """\b
Examples:
  ospatrol state show web1                         everything that is known of it
  ospatrol state show web1 --kind port -o json     what listens there
  ospatrol state diff web1                         what changed since it last looked different
  ospatrol baseline diff web1                      what differs from what was approved
"""
_TASK = click.option("--task", metavar="NAME", help="Only this task.")
_KINDS = click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only this kind of items; repeatable.")


@click.group("state", cls=Whole, epilog=_EPILOG)
def COMMAND() -> None:
    """Show what hosts are made of: accounts, keys, jobs, units, ports, packages and the like.

    HOST is an inventory name as it was scanned, a shell pattern of such names, or `all`.
    """


@COMMAND.command("show", params=[*AS_JSON])
@click.argument("host", metavar="HOST")
@_KINDS
@_TASK
def show(host: str, *, kinds: tuple[str, ...], task: str | None, as_json: bool) -> None:
    """Show what a host was made of when it was last seen."""
    from ospatrol.cli.table import print_table
    from ospatrol.integrity.state_events import shown_fields

    seen = [
        (record, _only(store.state(record.host, record.task, record.seen), kinds))
        for store, record in _chosen(host, task, kinds)
    ]
    if as_json:
        _print_json([_view(record, state) for record, state in seen])
        return
    rows = [
        (record.host, item.kind, item.key, shown_fields(item.fields)) for record, state in seen for item in state.items
    ]
    if rows:
        print_table(["host", "kind", "item", "fields"], rows)
    for record, _ in seen:
        for failure in record.failures:
            click.echo(
                f"{record.host}: not assessed: {failure.what}: {failure.reason.value}: {failure.detail}", err=True
            )


@COMMAND.command("diff", params=[*AS_JSON])
@click.argument("host", metavar="HOST")
@_KINDS
@_TASK
def diff(host: str, *, kinds: tuple[str, ...], task: str | None, as_json: bool) -> ExitStatus:
    """Show what changed when a host last looked different than before; ends with 3 if anything did."""
    from ospatrol.cli.table import print_table
    from ospatrol.integrity.state_diff import state_diff
    from ospatrol.integrity.state_events import change_fields

    rows: list[Mapping[str, str]] = []
    for store, record in _chosen(host, task, kinds):
        before = next((past for past in store.past(record.host, record.task) if past.digest != record.seen), None)
        if before is None:
            continue
        was = _only(store.state(record.host, record.task, before.digest), kinds)
        now = _only(store.state(record.host, record.task, record.seen), kinds)
        rows += [{"host": record.host, "task": record.task, **change_fields(each)} for each in state_diff(was, now)]
    if as_json:
        _print_json(rows)
    elif rows:
        columns = ("host", "change", "item_kind", "item", "was", "now")
        names = ["host", "change", "kind", "item", "was", "now"]
        print_table(names, [tuple(row.get(column, "") for column in columns) for row in rows])
    return ExitStatus.FINDINGS if rows else ExitStatus.CLEAN


def _chosen(host: str, task: str | None, kinds: Sequence[str]) -> Iterator[tuple[StateStore, StateRecord]]:
    """The tasks that were done on the hosts of a pattern.

    Raises:
        UsageError: there are none, or there is no such kind of items.
        StoreError: they cannot be read.
    """
    from ospatrol.cli.baseline_choice import refuse_unknown_kind
    from ospatrol.cli.workspace import current_settings
    from ospatrol.store.state import StateStore

    for kind in kinds:
        refuse_unknown_kind(kind, "")
    store = StateStore(Path(current_settings().state))
    pattern = "*" if host == "all" else host
    found = [
        record
        for record in store.records()
        if fnmatchcase(record.host, pattern) and (task is None or record.task == task)
    ]
    if not found:
        raise UsageError(f"{host}: nothing is known of its state; run a playbook with a task of the collector `state`")
    for record in found:
        yield store, record


def _only(state: HostState, kinds: Sequence[str]) -> HostState:
    """Of a state, only some kinds; all if none is named.

    Raises:
        UsageError: a kind was not assessed.
    """
    from ospatrol.model.state import host_state

    unknown = [kind for kind in kinds if kind not in state.kinds]
    if unknown:
        known = ", ".join(state.kinds) or "none"
        raise UsageError(f"{state.host}: the kind {unknown[0]!r} was not assessed; known are {known}")
    if not kinds:
        return state
    return host_state(state.host, state.at, state.items, kinds, state.failures)


def _view(record: StateRecord, state: HostState) -> Mapping[str, object]:
    return {
        "host": record.host,
        "task": record.task,
        "scanned_at": record.scanned_at,
        "kinds": state.kinds,
        "failures": record.failures,
        "items": state.items,
    }


def _print_json(value: object) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
