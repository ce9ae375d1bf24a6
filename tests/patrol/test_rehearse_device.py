"""What a device would be sent, by its platform."""

from __future__ import annotations

import pytest

from ospatrol.collect.config import ConfigScope
from ospatrol.model.errors import ConfigError
from ospatrol.model.host import Enable, Target, TransportKind
from ospatrol.model.secret import Secret
from ospatrol.patrol.plan import HostPlan, TaskPlan
from ospatrol.patrol.rehearse_device import DeviceRehearsal


def lines(platform: str, enable: Enable | None = None, **scope: tuple[str, ...]) -> list[tuple[str, str]]:
    task = TaskPlan(name="c", collector="config", arguments=ConfigScope(**scope))  # type: ignore[arg-type]  # captures
    target = Target(host="r", address="r", transport=TransportKind.NETWORK, platform=platform, enable=enable)
    found = DeviceRehearsal({}).lines(HostPlan(target=target, tasks=(task, task)))
    return [(each.text, each.when) for each in found]


def test_a_shell_is_left_only_where_the_login_is_in_one() -> None:
    said = lines("junos")

    assert said[:2] == [("cli", "if the login is in a Unix shell"), ("set cli screen-length 0", "")]
    assert said[-1] == ("exit", "")


def test_a_device_is_elevated_only_if_that_is_asked_for_and_there_is_such_a_mode() -> None:
    mode = [("enable", "unless the login is privileged"), ("(secret)", "if the device asks for it")]

    assert lines("ios", Enable(secret=Secret("x")))[:2] == mode
    assert lines("ios", Enable(secret=None))[:2] == [mode[0], ("terminal length 0", "")]
    assert lines("ios")[0] == ("terminal length 0", "")
    assert "enable" not in [text for text, _ in lines("iosxr", Enable(secret=Secret("x")))]


def test_only_the_captures_that_a_task_chooses_are_asked_for_each_once() -> None:
    assert [text for text, _ in lines("ios", captures=("version",))] == ["terminal length 0", "show version", "exit"]


def test_a_capture_that_a_profile_has_not_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="no capture 'runing'"):
        lines("ios", captures=("runing",))
