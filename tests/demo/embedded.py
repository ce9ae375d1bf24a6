"""An SSH server in one Python process, for machines without OpenSSH's: `embedded.py PORT HOST-KEY CLIENT-KEY.pub`."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import asyncssh


def write_keys(folder: Path, name: str) -> None:
    """An Ed25519 key pair in OpenSSH's form, unless it is there."""
    if (folder / name).exists():
        return
    key = asyncssh.generate_private_key("ssh-ed25519", comment=name)
    key.write_private_key(str(folder / name))
    (folder / name).chmod(0o600)
    key.write_public_key(str(folder / f"{name}.pub"))


async def run_command(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """What sshd does with an exec request: the user's shell, with the command as one argument."""
    if process.command is None:
        process.stderr.write(b"this server runs commands only\n")
        process.exit(1)
        return
    shell = subprocess.Popen(  # noqa: ASYNC220  # asyncssh redirects to files, and this server has time
        ["/bin/sh", "-c", process.command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    await process.redirect(stdin=shell.stdin, stdout=shell.stdout, stderr=shell.stderr)
    await process.stdout.drain()
    process.exit(await asyncio.to_thread(shell.wait))


async def serve(port: int, host_key: str, client_key: str) -> None:
    """Until killed."""
    await asyncssh.listen(
        "127.0.0.1",
        port,
        server_host_keys=[host_key],
        authorized_client_keys=client_key,
        process_factory=run_command,
        encoding=None,
    )
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
