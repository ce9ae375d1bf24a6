from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ospatrol.collect import config
from ospatrol.collect.config import (
    COLLECTOR,
    VTYSH,
    ConfigScope,
    ask_by_vtysh,
    chosen_captures,
    collect_config,
)
from ospatrol.collect.registry import find_collectors
from ospatrol.integrity.config_normal import normalise
from ospatrol.model.coverage import Reason
from ospatrol.model.errors import (
    CommandFailed,
    CommandNotAllowed,
    CommandTimedOut,
    ConfigError,
    ConnectionCut,
    HostError,
    OutputTooLarge,
)
from ospatrol.model.host import Target, TransportKind
from ospatrol.transport.host_connection import Rules
from ospatrol.transport.local import LocalTransport
from ospatrol.transport.policy import CommandPolicy
from tests.integrity.config_ready import KEY, ready

WHOLE = "version 15\nhostname r1\nenable secret 5 $1$abcd$SECRETSECRET\nend\n"


def asking(answers: Mapping[str, str | HostError]) -> Callable[[str], object]:
    async def ask(command: str) -> str:
        answer = answers[command]
        if isinstance(answer, HostError):
            raise answer
        return answer

    return ask


def captures(*names: str, platform: str = "ios") -> object:
    return chosen_captures(ConfigScope(captures=names), ready(platform))


def test_it_is_a_collector() -> None:
    assert find_collectors()["config"] == COLLECTOR


def test_the_running_and_the_startup_configuration_are_asked_for_unless_others_are_named() -> None:
    assert [each.name for each in captures()] == ["running", "startup"]
    assert [each.name for each in captures("version", "running")] == ["running", "version"]
    assert [each.name for each in captures(platform="junos")] == ["running"]
    with pytest.raises(ConfigError, match="has no capture 'x'"):
        captures("x")


@pytest.mark.parametrize("given", [{"max_bytes": 5}, {"max_bytes": 1 << 40}, {"command_s": 0.0}, {"command_s": 1e9}])
def test_arguments_that_make_no_sense_are_refused(given: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="between"):
        ConfigScope(**given)


async def test_what_is_whole_is_kept_without_secrets() -> None:
    found = await collect_config(
        asking({"show running-config": WHOLE, "show startup-config": "startup-config is not present\n"}),
        captures(),
        ready("ios"),
        KEY,
    )

    assert "SECRETSECRET" not in found.captures["running"].text
    assert found.absent == ("startup",)
    assert found.failures == ()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CommandTimedOut("late"), Reason.BUDGET),
        (OutputTooLarge("much"), Reason.TOO_BIG),
        (CommandFailed("odd"), Reason.ERROR),
        (CommandNotAllowed("never"), Reason.DENIED),
        (ConnectionCut("gone"), Reason.CUT),
    ],
)
async def test_what_goes_wrong_later_loses_nothing_that_came_before(error: HostError, reason: Reason) -> None:
    found = await collect_config(
        asking({"show running-config": WHOLE, "show startup-config": error}), captures(), ready("ios"), KEY
    )

    assert list(found.captures) == ["running"]
    assert [(each.what, each.reason) for each in found.failures] == [("startup", reason)]


async def test_a_connection_that_is_cut_before_anything_came_is_an_error_of_the_host() -> None:
    with pytest.raises(ConnectionCut):
        await collect_config(
            asking({"show running-config": ConnectionCut("x")}), captures("running"), ready("ios"), KEY
        )


async def test_the_other_command_is_asked_where_the_first_is_not_known() -> None:
    text = ": Saved\nhostname a\n: end\n"
    for first in ("ERROR: % Invalid input detected at '^' marker.\n", CommandNotAllowed("no")):
        answers = {"more system:running-config": first, "show running-config": text}

        found = await collect_config(asking(answers), captures("running", platform="asa"), ready("asa"), KEY)

        assert found.captures["running"].text == "hostname a\n"


async def test_a_secret_that_an_error_message_repeats_is_masked() -> None:
    said = "% Invalid input detected: enable secret 5 $1$abcd$SECRETSECRET\n"

    found = await collect_config(asking({"show running-config": said}), captures("running"), ready("ios"), KEY)

    assert found.failures[0].reason is Reason.DENIED
    assert "SECRETSECRET" not in found.failures[0].detail
    assert "the device refuses" in found.failures[0].detail


@pytest.fixture
def vtysh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`vtysh(body)` puts a program of that name in front of all others."""

    def put(body: str) -> None:
        path = tmp_path / "vtysh"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return put


async def _by_vtysh(command: str) -> str:
    transport = LocalTransport(Rules(policies=(CommandPolicy.of(COLLECTOR.scripts),)))
    target = Target(host="here", address="localhost", transport=TransportKind.LOCAL)
    async with transport.open(target) as connection:
        return await ask_by_vtysh(connection, ConfigScope())(command)


async def test_frr_on_a_unix_host_is_asked_by_its_shell(vtysh: Callable[[str], None]) -> None:
    vtysh('printf "%s|%s\\n" "$1" "$2"')

    assert await _by_vtysh("show running-config") == "-c|show running-config\n"
    assert VTYSH in COLLECTOR.scripts


@pytest.mark.parametrize("command", ["configure terminal", "show x; reboot", "show $(id)", "show\nreload", "write"])
async def test_frr_is_never_told_to_do_more_than_show(
    vtysh: Callable[[str], None], command: str, tmp_path: Path
) -> None:
    vtysh(f'echo "$@" >> {tmp_path}/ran')

    with pytest.raises(CommandFailed, match="vtysh ended with 64"):
        await _by_vtysh(command)
    assert not (tmp_path / "ran").exists()


async def test_a_shell_that_fails_or_is_missing_is_said(vtysh: Callable[[str], None]) -> None:
    vtysh("exit 3")
    with pytest.raises(CommandFailed, match="vtysh ended with 3 at `show version`"):
        await _by_vtysh("show version")
    vtysh("exit 127")
    with pytest.raises(CommandFailed, match="vtysh is missing"):
        await _by_vtysh("show version")


async def test_what_a_device_says_is_not_read_where_other_devices_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    def read(*given: object) -> object:
        threads.append(threading.get_ident())
        return normalise(*given)

    monkeypatch.setattr(config, "normalise", read)

    found = await collect_config(asking({"show running-config": WHOLE}), captures("running"), ready("ios"), KEY)

    assert "running" in found.captures
    assert threads
    assert threading.get_ident() not in threads
