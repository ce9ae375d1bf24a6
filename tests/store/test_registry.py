import os
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from ospatrol.model.errors import StoreError
from ospatrol.model.run import HostStatus
from ospatrol.store.registry import HostSeen, Pin, PlayRun, Registry

_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_PIN = Pin(
    host="web1",
    address="192.0.2.1",
    port=22,
    key_type="ssh-ed25519",
    key="AAAAC3Nz",
    fingerprint="SHA256:abc",
    pinned_at=_AT,
    run="r1",
)
_SEEN = HostSeen(
    host="web1", at=_AT, status=HostStatus.PARTLY, platform="Linux", tools={"hash": "sha256sum"}, notes=("n",)
)


@pytest.fixture
def registry(folder: Path) -> Registry:
    return Registry.open(folder)


def _pin(**changes: str | int) -> Pin:
    return msgspec.structs.replace(_PIN, **changes)


def test_a_new_registry_is_empty_and_writes_nothing(registry: Registry) -> None:
    assert (registry.pins(), registry.hosts(), registry.plays()) == ((), (), ())
    assert not registry.path.exists()


def test_pins_come_back_in_order(registry: Registry) -> None:
    batch = [_pin(host="web2"), _pin(port=2222), _PIN, _pin(key_type="ssh-rsa")]

    registry.pin(batch)

    assert registry.pins() == (_PIN, _pin(key_type="ssh-rsa"), _pin(port=2222), _pin(host="web2"))
    assert Registry.open(registry.path.parent).pins() == registry.pins()


def test_a_key_that_is_pinned_already_keeps_its_first_date(registry: Registry) -> None:
    registry.pin([_PIN])

    registry.pin([msgspec.structs.replace(_PIN, pinned_at=datetime(2027, 1, 1, tzinfo=UTC), run="r2")])

    assert registry.pins() == (_PIN,)


def test_a_pin_is_never_replaced_by_another_key(registry: Registry) -> None:
    registry.pin([_PIN])

    with pytest.raises(
        StoreError, match=r"host 'web1' \(192.0.2.1 port 22\) is pinned to another ssh-ed25519 key, SHA256:abc"
    ):
        registry.pin([_pin(host="web2"), _pin(key="AAAAother")])

    assert registry.pins() == (_PIN,)


def test_unpinning_forgets_every_key_of_a_host(registry: Registry) -> None:
    registry.pin([_PIN, _pin(port=2222), _pin(host="web2")])

    assert registry.unpin("web1") == 2
    assert registry.unpin("web1") == 0
    assert registry.pins() == (_pin(host="web2"),)


def test_hosts_are_noted_as_last_seen(registry: Registry) -> None:
    later = msgspec.structs.replace(
        _SEEN, at=datetime(2027, 1, 1, tzinfo=UTC), status=HostStatus.FAILED, problem="refused"
    )
    registry.saw([_SEEN, msgspec.structs.replace(_SEEN, host="db1")])

    registry.saw([later])

    assert registry.hosts() == (msgspec.structs.replace(_SEEN, host="db1"), later)


def test_the_last_run_of_each_play_is_noted(registry: Registry) -> None:
    registry.ran("nightly.yml", "r1", _AT.timestamp(), "clean")
    registry.ran("scan", "r2", _AT.timestamp(), "clean")

    registry.ran("nightly.yml", "r3", _AT.timestamp() + 60, "findings")

    at = datetime(2026, 1, 2, 3, 5, 5, tzinfo=UTC)
    assert registry.plays() == (
        PlayRun(play="nightly.yml", run="r3", at=at, status="findings"),
        PlayRun(play="scan", run="r2", at=_AT, status="clean"),
    )


def test_the_file_is_for_people_and_the_same_for_the_same_content(registry: Registry) -> None:
    registry.pin([_pin(host="b\u202e\x1b"), _pin(host="a")])
    first = registry.path.read_bytes()

    registry.unpin("a")
    registry.pin([_pin(host="a")])

    assert registry.path.read_bytes() == first
    assert first.isascii()
    assert b"\r" not in first
    assert first.startswith(b'{\n  "pins": {\n    "1": {\n      "host": "a",\n')
    assert first.endswith(b"}\n")
    assert b'"pinned_at": "2026-01-02T03:04:05Z"' in first
    assert stat.S_IMODE(registry.path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (b'{\n  "pins": {,\n}', r"registry\.json:2: not valid JSON: .*; repair it, or remove it"),
        (b"", r"registry\.json:1: not valid JSON"),
        (b'{\n"pins": "\xff"}', r"registry\.json:2: not valid UTF-8"),
        (b"[]", r"registry\.json: Expected `object`, got `array`"),
        (b'{"pins": {"x": {}}}', r'registry\.json: row "x" of "pins" has no number'),
        (b'{"pins": {"1": {}, "1": {}}}', r'registry\.json: the key "1" stands twice in one place'),
        (b"[" * 100_000, r"registry\.json"),
        (
            b'{"pins": {}, "hosts": {\n"1": {"host": "a"}}}',
            r"registry\.json:2: row 1 of hosts: .*missing required field `at`",
        ),
    ],
)
def test_a_file_that_a_person_broke_is_named_with_its_line_and_never_replaced(
    folder: Path, broken: bytes, message: str
) -> None:
    registry = Registry.open(folder)
    registry.path.write_bytes(broken)

    with pytest.raises(StoreError, match=message):
        Registry.open(folder)
    if b"hosts" not in broken:
        with pytest.raises(StoreError, match=message):
            registry.pin([_PIN])
    with pytest.raises(StoreError, match=message):
        registry.saw([_SEEN])

    assert registry.path.read_bytes() == broken


def test_a_misspelt_field_is_named_with_the_line_of_its_row(registry: Registry) -> None:
    registry.pin([_PIN, _pin(host="web2")])
    text = registry.path.read_text().replace('"fingerprint": "SHA256:abc"', '"finger": "SHA256:abc"')
    registry.path.write_text(text)
    line = text[: text.index('"1": {')].count("\n") + 1

    with pytest.raises(StoreError, match=rf"registry\.json:{line}: row 1 of pins: .*`finger`; repair or remove it"):
        registry.pins()


def test_a_table_of_somebody_else_is_kept(registry: Registry) -> None:
    registry.path.write_text('{"notes": {"1": {"text": "call Bob"}}}')

    registry.pin([_PIN])

    assert '"call Bob"' in registry.path.read_text()


def test_a_write_that_fails_leaves_the_old_file(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.pin([_PIN])
    before = registry.path.read_bytes()

    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError, match=r"registry\.json: Input/output error"):
        registry.saw([_SEEN])

    assert registry.path.read_bytes() == before
    assert not list(registry.path.parent.glob(".registry.json.*"))


def test_processes_and_threads_do_not_lose_each_others_pins(folder: Path) -> None:
    program = f"""
from datetime import datetime, UTC
from pathlib import Path
import sys
from ospatrol.store.registry import Pin, Registry
registry = Registry.open(Path({str(folder)!r}))
for number in range(15):
    registry.pin([Pin(host=f"{{sys.argv[1]}}-{{number}}", address="a", port=22, key_type="k", key="x", fingerprint="f",
                      pinned_at=datetime.now(UTC))])
"""
    writers = [subprocess.Popen([sys.executable, "-c", program, str(number)]) for number in range(2)]
    registry = Registry.open(folder)
    threads = [threading.Thread(target=registry.pin, args=([_pin(host=f"t{number}")],)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert len(registry.pins()) == 40
