"""What the shared options of `run` and `scan` mean together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from ospatrol.cli.inventories import open_inventory, warn
from ospatrol.cli.workspace import current_settings
from ospatrol.model.errors import UsageError
from ospatrol.model.secret import Secret
from ospatrol.model.settings import Settings
from ospatrol.model.value import Value

if TYPE_CHECKING:
    from ospatrol.inventory.inventory import Inventory
    from ospatrol.inventory.target import Overrides
    from ospatrol.model.host import Target
    from ospatrol.model.play import Play
    from ospatrol.patrol.order import RunOrder
    from ospatrol.patrol.plan import Choice, HostPlan


class RunFlags(msgspec.Struct, frozen=True, kw_only=True):
    """The shared options, as given, and the settings that fill in what was not.

    Attributes are named as the parameters in `options`.
    """

    settings: Settings
    sources: tuple[str, ...] = ()
    limit: str | None = None
    vault_password_file: str | None = None
    vault_ids: tuple[str, ...] = ()
    extra_vars: tuple[str, ...] = ()
    user: str | None = None
    private_key: str | None = None
    ask_pass: bool = False
    become: bool = False
    become_method: str | None = None
    become_user: str | None = None
    ask_become_pass: bool = False
    become_password_file: str | None = None
    accept_new: bool = False
    forks: int | None = None
    timeout: float | None = None
    host_timeout: float | None = None
    outputs: tuple[str, ...] = ()
    as_json: bool = False
    quiet: bool = False
    fail_on: int = 0
    exit_zero: bool = False
    waivers: str | None = None

    @classmethod
    def read(cls, flags: Mapping[str, object]) -> RunFlags:
        """From click's keyword arguments; sets up logging on the way.

        Raises:
            ConfigErrors: the settings are wrong.
        """
        settings = current_settings()
        given = {**flags, "settings": msgspec.to_builtins(settings)}
        _log_to_stderr(int(str(given.pop("verbose", 0))))
        if given.get("fail_on") is None:
            given["fail_on"] = settings.fail_on
        return msgspec.convert(given, cls, strict=False)

    def choice(self, *, tags: Iterable[str], skip_tags: Iterable[str]) -> Choice:
        """What of the plays and hosts is chosen."""
        from ospatrol.patrol.plan import Choice

        return Choice(limit=self.limit, tags=_words(tags), skip_tags=_words(skip_tags))

    def inventory(self, playbook_dir: Path | None = None) -> Inventory:
        """The inventory that the options name."""
        return open_inventory(
            self.settings,
            self.sources,
            vault_password_file=self.vault_password_file,
            vault_ids=self.vault_ids,
            playbook_dir=playbook_dir,
        )

    def plans(self, plays: Sequence[Play], choice: Choice, playbook_dir: Path | None) -> tuple[HostPlan, ...]:
        """Every chosen host with its tasks; all that is wrong with them is told before anything is sent."""
        from ospatrol.patrol.check_tasks import check_tasks
        from ospatrol.patrol.collectors import collectors
        from ospatrol.patrol.plan import plan_hosts

        inventory = self.inventory(playbook_dir)
        told = len(inventory.warnings)
        try:
            plans = plan_hosts(
                inventory,
                plays,
                choice,
                collectors=collectors(),
                overrides=self.overrides(),
                extra=self.variables(),
            )
        finally:
            warn(inventory.warnings[told:])
        check_tasks(plans)
        return plans

    def targets(self, names: Sequence[str]) -> tuple[Target, ...]:
        """Hosts named on the command line: URLs and localhost as they are, everything else from the inventory.

        Raises:
            UsageError: nothing matches.
        """
        from ospatrol.inventory.target import target_for
        from ospatrol.patrol.adhoc import adhoc_target, with_overrides

        overrides = self.overrides()
        found: dict[str, Target] = {}
        inventory = None
        for name in names:
            target = adhoc_target(name)
            if target is not None:
                found[target.host] = with_overrides(target, overrides)
                continue
            inventory = inventory or self.inventory()
            told = len(inventory.warnings)
            chosen = inventory.select(name, self.limit)
            if not chosen:
                limited = f" and -l {self.limit!r}" if self.limit else ""
                raise UsageError(f"no host matches {name!r}{limited}{_near(name, inventory.hosts)}")
            warn(inventory.warnings[told:])
            for host in chosen:
                found[host] = target_for(host, inventory.scope(host, self.variables()), overrides)
        return tuple(found.values())

    def variables(self) -> Mapping[str, Value]:
        """What `-e` set.

        Raises:
            UsageError: one is not KEY=VALUE.
        """
        variables: dict[str, Value] = {}
        for each in self.extra_vars:
            key, equals, value = each.partition("=")
            if not equals or not key.isidentifier():
                raise UsageError(f"-e {each!r}: say KEY=VALUE")
            variables[key] = value
        return variables

    def overrides(self) -> Overrides:
        """What the command line says of connections; passwords are asked for now.

        Raises:
            UsageError: the password file cannot be read.
        """
        from ospatrol.inventory.target import Overrides
        from ospatrol.model.host import BecomeMethod

        become = self.become or bool(self.become_method or self.become_user)
        return Overrides(
            user=self.user,
            password=_asked("SSH password") if self.ask_pass else None,
            key_files=(self.private_key,) if self.private_key else (),
            become=True if become else None,
            become_method=BecomeMethod(self.become_method) if self.become_method else None,
            become_user=self.become_user,
            become_password=self._become_password(),
        )

    def run_order(
        self, plans: tuple[HostPlan, ...], *, play: str, full: bool, command_line: tuple[str, ...]
    ) -> RunOrder:
        """The order for a run, with the settings where the options say nothing."""
        from ospatrol.patrol.limits import RunLimits
        from ospatrol.patrol.order import RunOrder
        from ospatrol.transport.limits import Limits

        settings = self.settings
        wait_s = self.timeout or settings.connect_timeout_s
        return RunOrder(
            play=play,
            plans=plans,
            state=Path(settings.state),
            baselines=Path(settings.baselines),
            limits=RunLimits(
                forks=self.forks or settings.forks,
                host_s=self.host_timeout or settings.host_timeout_s,
                command_s=settings.command_timeout_s,
                rehash_s=settings.rehash_h * 3600,
            ),
            connecting=Limits(
                connect_s=wait_s,
                login_s=wait_s,
                attempts=settings.retries + 1,
                handshakes_per_s=settings.handshakes_per_s,
            ),
            full=full,
            accept_new=self.accept_new,
            keep_facts=settings.keep_snapshots,
            allowed_commands=settings.allow_commands,
            command_line=command_line,
        )

    def _become_password(self) -> Secret | None:
        if self.become_password_file:
            try:
                text = Path(self.become_password_file).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise UsageError(f"--become-password-file: {error}") from error
            return Secret(text.rstrip("\r\n"))
        return _asked("Elevation password") if self.ask_become_pass else None


def _near(name: str, hosts: Iterable[str]) -> str:
    near = get_close_matches(name, list(hosts), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _asked(what: str) -> Secret:
    return Secret(click.prompt(what, hide_input=True, err=True))


def _words(given: Iterable[str]) -> frozenset[str]:
    return frozenset(word.strip() for each in given for word in each.split(",") if word.strip())


def _log_to_stderr(verbosity: int) -> None:
    import logging

    level = {0: logging.ERROR, 1: logging.INFO}.get(verbosity, logging.DEBUG)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("ospatrol").setLevel(level)
    logging.getLogger("asyncio").setLevel(level)  # such as of a child that was ended with its group
