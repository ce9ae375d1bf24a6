"""The only door to netmiko, whose drivers know how a platform's privileged mode is entered; slow to import."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from netmiko import ssh_dispatcher
from netmiko.channel import Channel
from netmiko.exceptions import NetmikoBaseException

from ospatrol.model.errors import ElevationFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from netmiko.base_connection import BaseConnection

    from ospatrol.model.secret import Secret
    from ospatrol.transport.device_dialogue import Prompt
    from ospatrol.transport.device_platforms import DevicePlatform

# they write down what devices say, and their failures are ours to report
for _name in ("netmiko", "paramiko"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

_BASE_PROMPT = 16  # Cisco IOS cuts the prompt there in some modes


class Credentials(NamedTuple):
    """What a device may ask for when its privileged mode is entered.

    Attributes:
        user: Whom we are logged in as.
        secret: The mode's; None where nobody gave one.
    """

    user: str
    secret: Secret | None


class DriverChannel(Channel):
    """What netmiko reads from and writes to, while the terminal belongs to the event loop.

    Args:
        take: What has been heard since the last call; empty if that is nothing.
        send: Sends, once the door has admitted it.
    """

    def __init__(self, take: Callable[[], str], send: Callable[[str], None]) -> None:
        self._take = take
        self._send = send
        self._written: set[str] = set()

    def read_buffer(self) -> str:
        """What has been heard."""
        return self._take()

    def read_channel(self) -> str:
        """Likewise."""
        return self._take()

    def write_channel(self, out_data: str) -> None:
        """Send."""
        self._send(out_data)
        self._written.add(out_data.strip())

    def wrote(self, text: str) -> bool:
        """Whether a line has been sent."""
        return text.strip() in self._written


def enter_privileged_mode(
    platform: DevicePlatform,
    prompt: Prompt,
    credentials: Credentials,
    *,
    host: str,
    channel: DriverChannel,
    wait_s: float,
) -> None:
    """Enter a device's privileged mode; blocking, so call it in a thread.

    Args:
        platform: What is known of its command line.
        prompt: What it shows before.
        credentials: What the device may ask for.
        host: For messages.
        channel: The way to the device.
        wait_s: Seconds for each reply.

    Raises:
        ElevationFailed: the secret is wrong, or the device asks for one that nobody gave.
        HostError: the channel's.
    """
    driver = _driver(platform, credentials, wait_s)
    driver.channel = channel
    driver.base_prompt = prompt.text[:-1].strip()[:_BASE_PROMPT]
    driver.ansi_escape_codes = True
    try:
        driver.enable()
    except (NetmikoBaseException, ValueError) as error:
        raise ElevationFailed(f"{host}: {_problem(platform, credentials.secret, channel)}") from error
    finally:
        driver.disconnect()


def _problem(platform: DevicePlatform, secret: Secret | None, channel: DriverChannel) -> str:
    if secret is None:
        return f"{platform.elevate!r} asks for a secret; set ansible_become_password"
    if not channel.wrote(secret.reveal):
        return f"{platform.elevate!r} leads nowhere and asks for no secret; check what the account may do"
    return f"{platform.elevate!r} does not accept the secret; check ansible_become_password"


def _driver(platform: DevicePlatform, credentials: Credentials, wait_s: float) -> BaseConnection:
    """The driver of a platform, without a connection of its own."""
    usual = ssh_dispatcher(platform.driver)
    # what it would do at the end, `exit` and closing, is not its business here
    driven = type(f"Driven{usual.__name__}", (usual,), {"cleanup": _nothing, "paramiko_cleanup": _nothing})
    driver: BaseConnection = driven(
        host="device",
        device_type=platform.driver,
        username=credentials.user,
        secret=credentials.secret.reveal if credentials.secret else "",
        auto_connect=False,
        ssh_strict=True,
        read_timeout_override=wait_s,
    )
    return driver


def _nothing(_driver: BaseConnection, _command: str = "") -> None:
    """Leave the session as it is."""
