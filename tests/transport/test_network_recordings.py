"""Sessions recorded on real devices, said again over SSH: what we read is what a reader sees."""

from __future__ import annotations

import os
from dataclasses import replace

import msgspec
import pytest

from ospatrol.transport.device_platforms import PLATFORMS
from ospatrol.transport.device_policy import refusal
from tests.devices.recording import CORPUS, recordings
from tests.devices.simulator import Rack
from tests.transport.device_bench import Bench

THERE = CORPUS.is_dir()
_MODELS = {
    "ios": "ios",
    "nxos": "nxos",
    "asa": "asa",
    "eos": "eos",
    "fortigate": "fortios",
    "vyos": "vyos",
    "aoscx": "aoscx",
}
_SESSIONS = [
    (platform, name, recording)
    for model, platform in _MODELS.items()
    for name, recording in (recordings(model) if THERE else {}).items()
    if recording.framed
]


def test_the_corpus_is_there_where_it_must_be():
    if not THERE and os.environ.get("CI") != "true":
        pytest.skip("../shared/corpus is not beside this repository")
    assert {platform for platform, _, _ in _SESSIONS} == set(_MODELS.values())


@pytest.fixture(scope="module")
def rack():
    rack = Rack()
    yield rack
    rack.stop()


@pytest.mark.parametrize(("platform", "name", "recording"), _SESSIONS, ids=[name for _, name, _ in _SESSIONS])
async def test_a_recorded_session_is_read_as_it_is(platform, name, recording, rack, keys, tmp_path):
    bench = Bench(rack=rack, key=keys / "host", folder=tmp_path)
    if platform == "asa":  # recorded with the password already typed: begin behind it
        recording = replace(recording, greeting=recording.greeting.replace(recording.prompt, _elevated(recording)))
    expected = recording.answers()
    commands = [command for command, _ in recording.replies]
    # what is recorded behind `config global` has another prompt, and cannot be asked for
    reachable = commands[: commands.index("config global")] if "config global" in commands else commands
    asked = [command for command in reachable if not refusal(command, PLATFORMS[platform])]
    device, target = bench.on(platform, recording=recording)

    async with bench.login(msgspec.structs.replace(target, enable=None), *asked) as session:
        seen = {command: await session.ask(command, limit_s=10, limit_bytes=1 << 20) for command in asked}

    for command in set(asked) & set(expected):
        assert [line.rstrip() for line in seen[command].splitlines()] == expected[command].splitlines(), command
    for command in asked:
        assert "--More--" not in seen[command]
        assert session.prompt.text not in [line.rstrip() for line in seen[command].splitlines()]
    assert device.wire.logouts == 1
    assert asked


def _elevated(recording):
    return dict(recording.replies)["enable"].rpartition("\n")[2].strip("\r")
