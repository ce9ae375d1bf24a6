"""File capabilities as the kernel keeps them, in words."""

from __future__ import annotations

import struct

_NAMES = (
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
)  # capabilities(7), in the order of their numbers
_EFFECTIVE = 0x000001  # linux/capability.h, VFS_CAP_FLAGS_EFFECTIVE


def capability_text(raw: bytes) -> bytes:
    """The value of `security.capability` (linux/capability.h, vfs_cap_data) as `cap_net_raw=ep`.

    Capabilities with the same flags stand together, comma between; a blank stands between groups; `[rootid=N]` follows
    where the value holds in a user namespace only. What has another form is shown in hexadecimal.
    """
    revision = raw[3] if len(raw) >= 4 else 0
    pairs = {1: 1, 2: 2, 3: 2}.get(revision)
    if pairs is None or len(raw) != 4 + 8 * pairs + (4 if revision == 3 else 0):
        return b"0x" + raw.hex().encode()
    numbers = struct.unpack(f"<{len(raw) // 4}I", raw)
    permitted = sum(numbers[1 + 2 * at] << 32 * at for at in range(pairs))
    inheritable = sum(numbers[2 + 2 * at] << 32 * at for at in range(pairs))
    groups: dict[str, list[str]] = {}
    for number in range(64):
        flags = ("i" if inheritable >> number & 1 else "") + ("p" if permitted >> number & 1 else "")
        if flags:
            flags = ("e" if numbers[0] & _EFFECTIVE else "") + flags
            groups.setdefault(flags, []).append(f"cap_{_NAMES[number]}" if number < len(_NAMES) else str(number))
    shown = " ".join(f"{','.join(names)}={flags}" for flags, names in groups.items())
    return (shown + (f" [rootid={numbers[-1]}]" if revision == 3 else "")).encode()
