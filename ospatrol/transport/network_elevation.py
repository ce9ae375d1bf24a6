"""Entering a device's privileged mode: netmiko's driver in a thread, the terminal in the event loop."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from ospatrol.model.errors import ConnectionCut, ElevationFailed, HostError, OutputTooLarge
from ospatrol.transport.network_wire import asks_password

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

    from ospatrol.model.secret import Secret
    from ospatrol.transport.device_dialogue import Prompt
    from ospatrol.transport.device_platforms import DevicePlatform
    from ospatrol.transport.network_wire import DeviceDoor

_MOST_BYTES = 256 << 10


class Elevation:
    """One entry into the privileged mode.

    Args:
        door: The way to the device's terminal.
        platform: What is known of its command line.
        host: For messages.
        user: Whom we are logged in as; some devices ask again.
        secret: The mode's.
    """

    def __init__(
        self, door: DeviceDoor, platform: DevicePlatform, *, host: str, user: str, secret: Secret | None
    ) -> None:
        self._door = door
        self._platform = platform
        self._host = host
        self._user = user
        self._secret = secret
        self._lock = threading.Lock()
        self._heard = bytearray()
        self._taken = 0
        self._over: HostError | None = None
        self._sending: Future[None] | None = None
        self._secret_at: int | None = None

    async def rise(self, prompt: Prompt, limit_s: float, workers: Executor) -> None:
        """Enter it; the caller looks at the prompt then.

        Args:
            prompt: What the device shows before.
            limit_s: Seconds for all of it.
            workers: Threads for the driver.

        Raises:
            ElevationFailed: the secret is wrong, or the device asks for one that nobody gave.
            ConnectionCut: the device ended the session.
        """
        loop = asyncio.get_running_loop()
        hearing = asyncio.create_task(self._hear())
        driving = loop.run_in_executor(workers, self._drive, prompt, limit_s / 3, loop)
        try:
            async with asyncio.timeout(limit_s):
                await asyncio.shield(driving)
        except TimeoutError as error:
            problem = f"{self._platform.elevate!r} did not end within {limit_s:g} s"
            raise ElevationFailed(f"{self._host}: {problem}") from error
        finally:
            hearing.cancel()
            # the thread looks a hundred times a second whether it is to end
            self._over = ConnectionCut(f"{self._host}: given up")
            if self._sending is not None:
                self._sending.cancel()
            driving.cancel()
            await asyncio.gather(hearing, return_exceptions=True)

    async def _hear(self) -> None:
        """Keep what the device says for the driver."""
        try:
            while len(self._heard) < _MOST_BYTES:
                piece = await self._door.listen()
                with self._lock:
                    self._heard += piece
                if self._secret_at is not None and asks_password(self._heard[self._secret_at :]):
                    why = f"{self._platform.elevate!r} does not accept the secret; check ansible_become_password"
                    self._over = ElevationFailed(f"{self._host}: {why}")  # and asks again
                    return
            self._over = OutputTooLarge(f"{self._host}: more than {_MOST_BYTES} bytes while it elevates")
        except ConnectionCut as error:
            self._over = error

    def _drive(self, prompt: Prompt, wait_s: float, loop: asyncio.AbstractEventLoop) -> None:
        from ospatrol.transport.network_driver import Credentials, DriverChannel, enter_privileged_mode  # noqa: PLC0415  # slow

        def send(text: str) -> None:
            if self._secret is not None and text.strip("\r\n") == self._secret.reveal:
                self._secret_at = len(self._heard)
            driving = self._door.drive(text, lambda: bytes(self._heard), secret=self._secret, user=self._user)
            self._sending = asyncio.run_coroutine_threadsafe(driving, loop)
            self._sending.result(wait_s)

        channel = DriverChannel(self._take, send)
        enter_privileged_mode(
            self._platform,
            prompt,
            Credentials(user=self._user, secret=self._secret),
            host=self._host,
            channel=channel,
            wait_s=wait_s,
        )

    def _take(self) -> str:
        """What has been heard since the last call."""
        with self._lock:
            if self._over is not None and self._taken == len(self._heard):
                raise self._over
            new = bytes(self._heard[self._taken :])
            self._taken = len(self._heard)
        return new.decode("utf-8", "replace")
