"""Devices that answer over SSH: prompts, pagers, privileged mode, errors, and all that can go wrong with them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import asyncssh

from tests.devices.shapes import SHAPES, Shape
from tests.devices.virtual import COMMAND_LINES, CommandLine, Inside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.devices.recording import Recording


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What is wrong with a device."""

    banner: str = ""
    char_s: float = 0.0
    keeps_paging: bool = False
    pager_stuck: bool = False
    hangs_after: int | None = None
    cut_after: int | None = None
    floods: bool = False
    floods_enable: bool = False
    ignores_enable: bool = False
    thinks_s: float = 0.0
    new_prompt_after: int | None = None
    backspaces: bool = False
    no_prompt: bool = False
    asks_first: tuple[str, str] | None = None
    starts_in_shell: bool = False
    pieces: int = 0


@dataclass(kw_only=True)
class Wire:
    """All that a device was told, by everybody who logged in, and what it made of it."""

    received: bytearray = field(default_factory=bytearray)
    lines: list[str] = field(default_factory=list)
    config_mode: bool = False
    logouts: int = 0
    logins: int = 0
    started: threading.Event = field(default_factory=threading.Event)
    elevating: threading.Event = field(default_factory=threading.Event)
    answering: threading.Event = field(default_factory=threading.Event)


class _Ended(Exception):
    """The session is over."""


class Terminal:
    """One login on one device."""

    def __init__(self, device: Device, process: asyncssh.SSHServerProcess[bytes]) -> None:
        self._device = device
        self._shape = device.shape
        self._faults = device.faults
        self._process = process
        self._enabled = not self._shape.enable
        self._paging = True
        self._done = 0
        self._input = bytearray()
        inside = device.inside
        self._virtual = COMMAND_LINES[device.platform](inside) if inside is not None else None

    async def run(self) -> None:
        """The whole session."""
        faults = self._faults
        if self._device.recording:
            await self._replay(self._device.recording)
        await self._say(faults.banner)
        if faults.asks_first:
            question, key = faults.asks_first
            await self._say(question)
            await self._key({key.encode()} if key else None)
            await self._say("\n")
        for question, _ in self._shape.at_login:
            await self._say(question)
            await self._key(None)
            await self._say("\n")
        if faults.no_prompt:
            await asyncio.sleep(3600)
        if faults.starts_in_shell:
            await self._say("oper@device:~ % ")
            while await self._line() != "cli":
                await self._say("oper@device:~ % ")
        while True:
            await self._prompt()
            line = await self._line()
            if self._virtual is None or not self._enabled or not await self._elsewhere(self._virtual, line):
                await self._command(line)

    async def _replay(self, recording: Recording) -> None:
        """A recorded session: what was said then is said again, echoes and prompts as they were."""
        await self._raw(recording.greeting)
        prompt = recording.prompt
        while True:
            line = ""
            while (char := (await self._char()).decode("latin-1")) not in "\r\n":
                line += char
                if line == " " and any(command == " " for command, _ in recording.replies[self._done : self._done + 1]):
                    break
            found = [at for at, (command, _) in enumerate(recording.replies) if command == line and line.strip()]
            self._device.wire.lines += [line] if line.strip() else []
            if line == " ":
                found = [self._done]
            if line in ("exit", "quit", "logout"):
                self._device.wire.logouts += 1
                raise _Ended
            if found:
                self._done = found[0] + 1
                said = recording.replies[found[0]][1]
                await self._raw(said)
                prompt = prompt if said.endswith("--More-- ") else said.rpartition("\n")[2].strip("\r")
            else:
                await self._raw(f"{line}\n{prompt}")

    async def _raw(self, text: str) -> None:
        self._process.stdout.write(text.replace("\r\n", "\n").replace("\n", "\r\n").encode())
        await self._process.stdout.drain()

    async def _prompt(self) -> None:
        name = self._device.name
        if self._faults.new_prompt_after is not None and self._done > self._faults.new_prompt_after:
            name = "other"
        text = self._shape.prompt if self._enabled else self._shape.user_prompt
        if self._virtual is not None and self._enabled:
            text = self._virtual.prompt(name)
        await self._say(self._shape.before_prompt.replace("{h}", name))
        await self._say(self._shape.noise)
        await self._say(text.replace("{h}", name))

    async def _command(self, line: str) -> None:
        shape, device = self._shape, self._device
        if not line:
            return
        device.wire.lines.append(line)
        self._done += line in shape.shows
        if line in ("exit", "quit", "logout"):
            device.wire.logouts += 1
            raise _Ended
        if shape.enable and line == shape.enable:
            await self._elevate()
        elif line in shape.paging_off and not self._faults.keeps_paging:
            self._paging = False
        elif line in shape.config_modes or line.partition(" ")[0] in shape.config_modes:
            device.wire.config_mode = True
        elif line in shape.quietly:
            pass
        elif line in device.replies:
            await self._page(device.replies[line])
        elif line in shape.shows and (self._enabled or not shape.enable):
            await self._show(device.config_of(line))
        elif line == shape.version:
            await self._page(f"{device.platform} software, release 1.2.3\n")
        else:
            await self._page(shape.unknown)

    async def _elsewhere(self, virtual: CommandLine, line: str) -> bool:
        """Whether it was a command about virtual systems, or is answered by one."""
        said = virtual.command(line)
        if said is None and line in self._shape.shows:
            said = virtual.config
        if said is None:
            return False
        self._device.wire.lines.append(line)
        self._done += line in self._shape.shows
        await self._page(said)
        if {virtual.at, line} & virtual.inside.silent:
            await asyncio.sleep(3600)
        while virtual.at in virtual.inside.floods and not self._process.channel.is_closing():
            await self._say("welcome\n" * 500)
        if virtual.question:
            await self._say(virtual.question)
            await self._say(virtual.answered(await self._line()))
        if virtual.paged_anew:
            virtual.paged_anew, self._paging = False, True
        return True

    async def _elevate(self) -> None:
        if self._faults.ignores_enable:
            return
        if self._enabled or not self._device.enable:
            self._enabled = True
            return
        self._device.wire.elevating.set()
        while self._faults.floods_enable and not self._process.channel.is_closing():
            await self._say("enabling\n" * 500)
        for tried in range(self._shape.password_tries):
            await self._say(self._shape.password_prompt)
            if await self._line(echo=False) == self._device.enable:
                self._enabled = True
                return
            if tried + 1 < self._shape.password_tries:
                await self._say(self._shape.bad_secret)
        await self._say(self._shape.still_bad)

    async def _show(self, text: str) -> None:
        faults = self._faults
        self._device.wire.answering.set()
        await asyncio.sleep(faults.thinks_s)
        if faults.floods:
            while not self._process.channel.is_closing():
                await self._say("interface Vlan1\n" * 500)
        if faults.cut_after is not None:
            await self._say(text[: faults.cut_after])
            self._process.channel.get_connection().abort()
            raise _Ended
        if faults.hangs_after is not None:
            await self._say(text[: faults.hangs_after])
            await asyncio.sleep(3600)
        if faults.backspaces:
            text = "Building configuration...|\b/\b-\b\\\b \b\n" + text.replace("!\n", "!!\b \b\n", 3)
        await self._page(text)

    async def _page(self, text: str) -> None:
        lines = text.splitlines(keepends=True)
        if not self._paging or not self._shape.pager:
            await self._say(text)
            return
        for at in range(0, len(lines), self._shape.rows):
            await self._say("".join(lines[at : at + self._shape.rows]))
            while at + self._shape.rows < len(lines):
                await self._say(self._shape.pager)
                await self._key({b" ", b"D"})
                await self._say(self._shape.wipe)
                if not self._faults.pager_stuck:
                    break

    async def _say(self, text: str) -> None:
        raw = text.replace("\n", self._shape.newline).encode("utf-8", "surrogateescape")
        step = self._faults.pieces or (1 if self._faults.char_s else len(raw) or 1)
        for at in range(0, len(raw), step):
            self._process.stdout.write(raw[at : at + step])
            await self._process.stdout.drain()
            if self._faults.char_s or self._faults.pieces:
                await asyncio.sleep(self._faults.char_s)

    async def _char(self) -> bytes:
        if not self._input:
            more = await self._process.stdin.read(4096)
            if not more:
                raise _Ended
            self._device.wire.received += more
            self._input += more
        char = bytes(self._input[:1])
        del self._input[:1]
        return char

    async def _key(self, keys: set[bytes] | None) -> None:
        while True:
            char = await self._char()
            if keys is None or char in keys:
                return

    async def _line(self, *, echo: bool = True) -> str:
        line = bytearray()
        while (char := await self._char()) not in b"\r\n":
            line += char
            if echo:
                await self._say(char.decode("latin-1"))
        if char == b"\r" and self._input[:1] == b"\n":
            del self._input[:1]
        await self._say("\n")
        return line.decode("latin-1").strip()


@dataclass(kw_only=True)
class Device:
    """What a simulated device is.

    Attributes:
        platform: A name of `SHAPES`.
        config: What its configuration commands show; read anew each time where it is a function.
        host_key: Its private key.
        user: Who may log in.
        password: With what.
        enable: The privileged mode's secret; empty where it asks for none.
        name: The host's.
        replies: What other commands print.
        faults: What is wrong with it.
        recording: Said instead, where there is one.
        options: More of `asyncssh.listen`.
        inside: Its virtual systems, if it has some.
    """

    platform: str
    config: str | Callable[[], str]
    host_key: Path
    user: str = "oper"
    password: str = "pw"
    enable: str = "enable-secret"
    name: str = "device"
    startup: str | None = None
    replies: dict[str, str] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    recording: Recording | None = None
    options: dict[str, object] = field(default_factory=dict)
    wire: Wire = field(default_factory=Wire)
    inside: Inside | None = None

    @property
    def shape(self) -> Shape:
        """How its command line behaves."""
        return SHAPES[self.platform]

    def config_of(self, command: str) -> str:
        """What it shows."""
        if "startup" in command and self.startup is not None:
            return self.startup
        return self.config() if callable(self.config) else self.config


class _Gate(asyncssh.SSHServer):
    def __init__(self, device: Device) -> None:
        self._device = device

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        suffixed = username.partition("+")[0]
        return suffixed == self._device.user and password == self._device.password


class Rack:
    """Devices, all in one thread of their own with one event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="devices", daemon=True)
        self._thread.start()
        self._servers: list[asyncssh.SSHAcceptor] = []

    def add(self, device: Device, *, address: str = "127.0.0.1", port: int = 0) -> int:
        """Switch a device on; its port."""
        return asyncio.run_coroutine_threadsafe(self._listen(device, address, port), self._loop).result(20)

    async def _listen(self, device: Device, address: str, port: int) -> int:
        async def session(process: asyncssh.SSHServerProcess[bytes]) -> None:
            wire = device.wire
            wire.logins += 1
            wire.started.set()
            try:
                await Terminal(device, process).run()
            except (_Ended, asyncssh.Error, OSError):
                pass
            finally:
                with contextlib.suppress(OSError):
                    process.exit(0)

        server = await asyncssh.listen(
            address,
            port,
            server_factory=lambda: _Gate(device),
            server_host_keys=[str(device.host_key)],
            process_factory=session,
            encoding=None,
            line_editor=False,
            **device.options,
        )
        self._servers.append(server)
        return int(server.get_port())

    def stop(self) -> None:
        """Switch all of them off."""

        async def close() -> None:
            for server in self._servers:
                server.close()
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()


@contextlib.contextmanager
def serve_device(platform: str, config_text: str, *, host_key: Path, **more: object) -> Iterator[int]:
    """One device while the block runs; its port. `more` is what `Device` takes."""
    rack = Rack()
    try:
        yield rack.add(Device(platform=platform, config=config_text, host_key=host_key, **more))
    finally:
        rack.stop()
