from collections.abc import Callable

import msgspec
import pytest

from ospatrol.model.alert import Alert
from ospatrol.model.errors import StoreError
from ospatrol.model.run import RunResult
from ospatrol.store.records import AlertQuery, HostRecord
from ospatrol.store.store import Store

_HOSTS = ("web1", "web2", "db1")


@pytest.fixture
def filled(begun: Store, run: RunResult, record: Callable[..., HostRecord], alert: Callable[..., Alert]) -> Store:
    """Twelve alerts: ids a00 to a11, at 0 to 11, on three hosts, levels 0 to 11, rules 1 and 2, two runs."""
    later = msgspec.structs.replace(run, id="later")
    begun.begin_run(later, args=(), owner="")
    for number in range(12):
        host = _HOSTS[number % 3]
        each = alert(f"a{number:02}", host=host, at=float(number), level=number, rule=1 + number % 2)
        groups = ("integrity", "it's, odd") if number % 4 == 0 else ("auth",)
        each = msgspec.structs.replace(each, groups=groups, compliance={"pci_dss": ("11.5",)}, mitre=("T1565",))
        given = msgspec.structs.replace(record(host), alerts=(each,))
        begun.record_host(run.id if number < 6 else later.id, given)
    return begun


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (AlertQuery(), [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
        (AlertQuery(oldest_first=True, limit=3), [0, 1, 2]),
        (AlertQuery(limit=0), []),
        (AlertQuery(limit=100, min_level=10), [11, 10]),
        (AlertQuery(since=9.0), [11, 10, 9]),
        (AlertQuery(until=2.0), [1, 0]),
        (AlertQuery(since=3.0, until=5.0), [4, 3]),
        (AlertQuery(host="web*", oldest_first=True), [0, 1, 3, 4, 6, 7, 9, 10]),
        (AlertQuery(host="web[^1]"), [10, 7, 4, 1]),
        (AlertQuery(host="WEB1"), []),
        (AlertQuery(rules=(2,), since=6.0), [11, 9, 7]),
        (AlertQuery(rules=(1, 2), until=3.0), [2, 1, 0]),
        (AlertQuery(groups=("it's, odd",)), [8, 4, 0]),
        (AlertQuery(groups=("nope", "integrity"), min_level=5), [8]),
        (AlertQuery(groups=("integrity", "auth"), limit=2), [11, 10]),
        (AlertQuery(run="later", oldest_first=True), [6, 7, 8, 9, 10, 11]),
        (AlertQuery(run="' OR 1=1 --"), []),
    ],
)
def test_a_query_gives_what_it_asks_for(filled: Store, query: AlertQuery, expected: list[int]) -> None:
    assert [alert.id for alert in filled.alerts(query)] == [f"a{number:02}" for number in expected]


@pytest.mark.parametrize("oldest_first", [True, False])
def test_pages_neither_repeat_nor_lose_alerts_of_one_moment(
    begun: Store, run: RunResult, record: Callable[..., HostRecord], oldest_first: bool
) -> None:
    ids = tuple(f"{number:016x}" for number in range(1201))
    begun.record_host(run.id, record(ids=ids))

    listed = [alert.id for alert in begun.alerts(AlertQuery(oldest_first=oldest_first))]

    assert listed == list(ids if oldest_first else reversed(ids))


def test_alerts_that_arrive_while_a_listing_is_read_do_not_disturb_it(
    begun: Store, run: RunResult, record: Callable[..., HostRecord]
) -> None:
    begun.record_host(run.id, record(ids=tuple(f"{number:04}" for number in range(600)), at=10.0))
    listing = begun.alerts(AlertQuery())
    first = next(listing)

    begun.record_host(run.id, record(ids=("new",), at=20.0))

    assert len([first, *listing]) == 600


def test_an_alert_is_found_by_the_beginning_of_its_id(filled: Store) -> None:
    assert filled.alert("a03").event.at == 3.0
    assert filled.alert("a11").compliance == {"pci_dss": ("11.5",)}


def test_an_ambiguous_beginning_names_the_candidates(filled: Store) -> None:
    with pytest.raises(
        StoreError, match=r"'a0' begins more than one alert's id \(a00, a01, a02, ...\); give more of it"
    ):
        filled.alert("a0")
    with pytest.raises(StoreError, match=r"'a1' begins more than one alert's id \(a10, a11\)"):
        filled.alert("a1")


def test_a_whole_id_wins_over_longer_ones(begun: Store, run: RunResult, record: Callable[..., HostRecord]) -> None:
    begun.record_host(run.id, record(ids=("ab", "abc")))

    assert begun.alert("ab").id == "ab"


@pytest.mark.parametrize("prefix", ["", "b", "%", "a__"])
def test_a_beginning_that_nothing_has_is_said_to_be_unknown(filled: Store, prefix: str) -> None:
    with pytest.raises(StoreError, match="no alert has an id that begins with"):
        filled.alert(prefix)
