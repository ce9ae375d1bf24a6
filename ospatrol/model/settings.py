"""Settings of a workspace."""

from __future__ import annotations

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What `ospatrol.toml` may say; every key also as `OSPATROL_<KEY>` in the environment, every key with a default.

    Attributes:
        inventory: Inventory sources.
        playbook_vars: Folder that holds `group_vars/` and `host_vars/` beside playbooks; empty for the playbook's own.
        rules: Rule files or folders, loaded after the shipped ones.
        baselines: Folder of approvals, kept in git.
        state: Folder of the database, the registry and the lock; not in git.
        vault_password_file: Password file or executable script for Ansible-Vault.
        forks: How many hosts are worked on at once.
        handshakes_per_s: How many logins may begin in a second; 0 for no limit.
        connect_timeout_s: For the address, the connection and the login.
        command_timeout_s: For one script on one host; its part that is spent on files is recorded as a budget.
        host_timeout_s: For everything on one host.
        retries: How often a transient failure to connect is tried again.
        rehash_h: After how many hours every file's content is read again though nothing about it moved.
        allow_commands: Commands of policies that are sent beside those that are known to only read: as written there,
            or globs of them.
        fail_on: The lowest alert level that makes a run end with status 3.
        keep_alerts_days: Retention of alerts.
        keep_runs_days: Retention of runs and their transcripts.
        keep_snapshots: How many older snapshots of each host and task are kept.
    """

    inventory: tuple[str, ...] = ("inventories",)
    playbook_vars: str = ""
    rules: tuple[str, ...] = ("rules",)
    baselines: str = "baselines"
    state: str = ".ospatrol"
    vault_password_file: str = ""
    forks: int = 32
    handshakes_per_s: float = 100.0
    connect_timeout_s: float = 15.0
    command_timeout_s: float = 300.0
    host_timeout_s: float = 900.0
    retries: int = 2
    rehash_h: float = 24.0
    allow_commands: tuple[str, ...] = ()
    fail_on: int = 5
    keep_alerts_days: int = 400
    keep_runs_days: int = 90
    keep_snapshots: int = 30

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        for name in ("forks", "connect_timeout_s", "command_timeout_s", "host_timeout_s"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be more than 0")
        if not 0 <= self.fail_on <= 16:
            raise ValueError("fail_on is an alert level from 0 to 15, or 16 for never")
        if min(self.retries, self.rehash_h, self.handshakes_per_s, self.keep_snapshots) < 0:
            raise ValueError("retries, rehash_h, handshakes_per_s and keep_snapshots cannot be negative")
