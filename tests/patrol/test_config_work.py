"""Configuration tasks against simulated devices and a real router: captured, compared, judged, kept and approved."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import stat
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncssh
import msgspec
import pytest

from ospatrol.collect.config import COLLECTOR, ConfigScope
from ospatrol.engine.rulebook import read_rulebook
from ospatrol.integrity.config_diff import diff_configs
from ospatrol.model.errors import ConfigError, ConfigErrors, HostError, UsageError
from ospatrol.model.event import Event
from ospatrol.model.files import FileScope
from ospatrol.model.host import Enable, Target, TransportKind
from ospatrol.model.secret import Secret
from ospatrol.patrol import config_known, config_outcome
from ospatrol.patrol.approve import Signature
from ospatrol.patrol.config_approve import approve_config
from ospatrol.patrol.config_known import config_standing
from ospatrol.patrol.config_learn import fetched_twice
from ospatrol.patrol.config_profiles import ProfileLibrary
from ospatrol.patrol.config_standing import standing_of_config
from ospatrol.patrol.config_work import open_config
from ospatrol.patrol.judging import EventJudge
from ospatrol.patrol.limits import RunLimits
from ospatrol.patrol.order import RunOrder
from ospatrol.patrol.plan import HostPlan, TaskPlan
from ospatrol.patrol.session import Session
from ospatrol.patrol.work import Outcome, Work
from ospatrol.store.config_history import FOLDER, ConfigHistory
from ospatrol.store.config_states import ConfigStates
from ospatrol.store.registry import Registry
from ospatrol.store.store import Store
from ospatrol.transport.device_policy import DevicePolicy
from ospatrol.transport.host_connection import Rules
from ospatrol.transport.host_keys import HostKeys
from ospatrol.transport.limits import Limits
from ospatrol.transport.local import LocalTransport
from ospatrol.transport.network import NetworkTransport
from ospatrol.transport.policy import CommandPolicy
from tests.devices.frr import behind_sshd, router
from tests.devices.simulator import Device, Faults, Rack
from tests.integrity.test_config_secrets import PLANTED, SECRET

RULES = Path(__file__).parents[2] / "rules"
IOS = """\
Building configuration...

Current configuration : 999 bytes
!
! Last configuration change at 10:00:00 UTC Mon Jan 5 2026 by ann
!
version 15.2
hostname r1
enable secret 5 $1$abcd$PLANTEDSECRETONE
username bob privilege 15 secret 5 $1$abcd$PLANTEDSECRETTWO
snmp-server community PLANTEDCOMMUNITY RO
ip access-list extended MGMT
 permit tcp host 192.0.2.5 any eq 22
 deny ip any any
interface Gi0/1
 description uplink
logging host 192.0.2.9
end
"""
RUNNING = ConfigScope(captures=("running",))


class Bench:
    """A workspace, a rack of devices, and runs over them."""

    def __init__(self, folder: Path, keys: Path, rack: Rack) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.baselines = folder / "baselines"
        self.runs = 0
        self._keys = keys
        self._rack = rack
        self._targets: dict[str, Target] = {}
        self._policies = [DevicePolicy.of(name, words) for name, words in ProfileLibrary().commands().items()]
        files = [(path.name, path.read_text()) for path in sorted(RULES.glob("*.yml"))]
        self._ruleset = read_rulebook(files).ruleset
        self._order = RunOrder(play="p", plans=(), state=self.state, baselines=self.baselines, accept_new=True)

    @property
    def order(self) -> RunOrder:
        return self._order

    def device(self, platform: str, config: Any, *, host: str = "r1", **more: Any) -> Device:
        device = Device(platform=platform, config=config, host_key=self._keys, name=host, **more)
        port = self._rack.add(device)
        self._targets[host] = Target(
            host=host,
            address="127.0.0.1",
            transport=TransportKind.NETWORK,
            port=port,
            user="oper",
            password=Secret("pw"),
            enable=Enable(secret=Secret("enable-secret")),
            platform=platform,
            ssh_options={"userknownhostsfile": "/dev/null", "identityagent": "none"},
        )
        return device

    def target(self, host: str = "r1") -> Target:
        return self._targets[host]

    def limit(self, **limits: float) -> None:
        self._order = msgspec.structs.replace(self._order, limits=RunLimits(**limits))

    def use(self, target: Target) -> None:
        self._targets[target.host] = target

    def run(
        self, scope: ConfigScope = RUNNING, *, host: str = "r1", keep: bool = True
    ) -> tuple[Outcome, list[tuple[int, str]]]:
        """One run over a device: what it came to, and the alerts as level and text."""
        self.runs += 1
        self.state.mkdir(mode=0o700, exist_ok=True)
        with Store.open(self.state) as store:
            judge = EventJudge(self._ruleset, self.state)
            session = Session(self._order, store, Registry.open(self.state), {}, judge, f"run{self.runs}")
            outcome = asyncio.run(self._work(open_config(session), scope, self._targets[host]))
            alerts = [(alert.level, alert.description) for alert in judge.alerts(outcome.events)]
        if keep and outcome.keep:
            outcome.keep()
        return outcome, alerts

    async def _work(self, work: Work, scope: ConfigScope, target: Target) -> Outcome:
        keys = HostKeys(accept_new=True)
        transport = NetworkTransport(Rules(limits=Limits(attempts=1)), keys, self._policies)
        task = TaskPlan(name="config", collector="config", arguments=scope)
        local = LocalTransport(Rules(policies=(CommandPolicy.of(COLLECTOR.scripts),)))
        ways = {TransportKind.NETWORK: transport.open, TransportKind.LOCAL: local.open}
        try:
            async with ways[target.transport](target) as connection:
                return await work(connection, HostPlan(target=target, tasks=(task,)), task)
        finally:
            await transport.close()

    def approve(self, host: str = "r1", why: str = "fine") -> object:
        kept = ConfigStates(self.state).get(host, "config")
        assert kept
        signature = Signature(by="ann", at=1_700_000_000.0, why=why)
        return approve_config(self.state, self.baselines, kept, ProfileLibrary(), signature)


@pytest.fixture(scope="module")
def host_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "host"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(path))
    return path


@pytest.fixture
def bench(tmp_path: Path, host_key: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    folder = tmp_path / "workspace"
    folder.mkdir()
    monkeypatch.chdir(folder)
    rack = Rack()
    yield Bench(folder, host_key, rack)
    rack.stop()


def _fields(outcome: Outcome) -> list[Mapping[str, str]]:
    return [event.fields for event in outcome.events if event.kind == "config"]


def test_the_first_capture_is_proposed_and_nothing_is_told_twice(bench: Bench) -> None:
    bench.device("ios", IOS)

    first, alerts = bench.run()
    second, again = bench.run()

    assert first.result.baseline == "proposed"
    assert first.result.entries == 14
    assert [text for _, text in alerts if "baseline" in text.lower()]
    assert (second.events, again) == ((), [])
    assert len(ConfigHistory(bench.state).revisions("r1")) == 1


def test_a_change_is_told_with_its_block_its_lines_and_who_made_it(bench: Bench) -> None:
    device = bench.device("ios", IOS)
    bench.run()
    device.config = IOS.replace("description uplink", "description uplink\n shutdown").replace("by ann", "by eve")

    outcome, alerts = bench.run()

    (fields,) = _fields(outcome)
    assert fields["section"] == "interface Gi0/1"
    assert (fields["added"], fields["by"], fields["topic"]) == ("shutdown", "eve", "interfaces")
    assert alerts == [(5, "Configuration of r1 changed: interface Gi0/1: + shutdown")]
    newest = ConfigHistory(bench.state).revisions("r1", "running")[0]
    assert newest.note.subject == "running +1 -0 lines in 1 section"
    assert newest.note.changed_by == "eve"
    assert newest.note.run == "run2"
    assert bench.run()[0].events == ()


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("was", "now", "level"),
    [
        ("username bob", "username eve privilege 15 secret 5 $1$x$yyyyyyy\nusername bob", 10),
        ("logging host 192.0.2.9\n", "", 12),
        ("logging host 192.0.2.9", "logging host 192.0.2.8", 10),
        (" deny ip any any\n", " permit ip any any\n", 9),
        ("community PLANTEDCOMMUNITY RO", "community PLANTEDCOMMUNITY RW", 9),
        ("$PLANTEDSECRETONE", "$ANOTHERSECRET", 9),
        ("hostname r1", "hostname r2", 5),
    ],
)
def test_what_matters_more_weighs_more(bench: Bench, was: str, now: str, level: int) -> None:
    device = bench.device("ios", IOS)
    bench.run()
    assert was in IOS
    device.config = IOS.replace(was, now)

    _, alerts = bench.run()

    assert [each for each, _ in alerts] == [level], alerts


def test_an_alert_is_raised_again_rather_than_never_if_the_process_ends_in_between(bench: Bench) -> None:
    device = bench.device("ios", IOS)
    bench.run()
    device.config = IOS.replace("uplink", "changed")

    lost, _ = bench.run(keep=False)
    again, _ = bench.run()

    assert _fields(lost) == _fields(again) != []


def test_a_half_configuration_is_never_kept(bench: Bench) -> None:
    device = bench.device("ios", IOS)
    bench.run()
    device.config = IOS[: IOS.index("interface")]

    outcome, alerts = bench.run()

    assert [failure.what for failure in outcome.result.failures] == ["running"]
    assert outcome.result.failures[0].is_gap
    assert _fields(outcome) == []
    assert len(alerts) == 1
    assert ConfigHistory(bench.state).text("r1", "running").endswith("end\n")
    assert bench.run()[0].events == ()
    device.config = IOS
    assert bench.run()[0].result.failures == ()


def test_a_device_that_refuses_from_the_start_leaves_nothing_behind(bench: Bench) -> None:
    bench.device("ios", "% Invalid input detected at '^' marker.\n")

    outcome, _ = bench.run()

    assert outcome.keep is None
    assert outcome.result.baseline == ""
    assert ConfigStates(bench.state).all() == ()


@pytest.mark.parametrize("faults", [Faults(cut_after=120), Faults(hangs_after=120), Faults(floods=True)])
def test_bad_days_are_errors_or_failures_and_nothing_half_is_kept(bench: Bench, faults: Faults) -> None:
    device = bench.device("ios", IOS)
    bench.run()
    device.faults = faults

    try:
        outcome, _ = bench.run(ConfigScope(captures=("running",), command_s=1.0, max_bytes=65536))
        assert outcome.result.failures
    except HostError:
        pass

    assert ConfigHistory(bench.state).text("r1", "running").endswith("end\n")
    assert len(ConfigHistory(bench.state).revisions("r1")) == 1


def test_a_startup_configuration_that_differs_is_told_once_and_so_is_that_it_does_not_any_more(bench: Bench) -> None:
    device = bench.device("ios", IOS, startup=IOS.replace("uplink", "older"))
    both = ConfigScope()

    _, alerts = bench.run(both)
    second, _ = bench.run(both)
    device.startup = IOS
    third, again = bench.run(both)

    assert (5, "What runs on r1 is not what it will start with: interface Gi0/1") in alerts
    assert second.events == ()
    assert [fields["change"] for fields in _fields(third)] == ["saved"]
    assert [level for level, _ in again] == [2]


def test_a_golden_configuration_is_compared_with_and_its_secrets_are_never_told(bench: Bench) -> None:
    device = bench.device("ios", IOS)
    golden = bench.folder / "golden.cfg"
    golden.write_text("service password-encryption\nsnmp-server community PLANTEDOTHER RO\nlogging host 192.0.2.9\n")
    scope = ConfigScope(captures=("running",), golden=str(golden))

    outcome, alerts = bench.run(scope)
    silent, _ = bench.run(scope)
    golden.write_text(f"{golden.read_text()}ip ssh version 2\n")
    another, _ = bench.run(scope)
    golden.write_text(golden.read_text().removesuffix("ip ssh version 2\n"))
    bench.run(scope)
    device.config = IOS.replace("hostname r1", "service password-encryption\nhostname r1").replace(
        "PLANTEDCOMMUNITY", "PLANTEDOTHER"
    )
    met, _ = bench.run(scope)

    (fields,) = [fields for fields in _fields(outcome) if fields["change"] == "golden"]
    assert fields["removed"].startswith("service password-encryption\\nsnmp-server community <secret:")
    assert [level for level, text in alerts if "golden" in text] == [7]
    assert silent.events == ()
    assert ["golden" in fields["change"] for fields in _fields(another)] == [True]
    assert "ip ssh version 2" in _fields(another)[0]["shown"]
    assert "golden met" in [fields["change"] for fields in _fields(met)]
    with pytest.raises(ConfigErrors, match="golden configuration cannot be read"):
        bench.run(ConfigScope(captures=("running",), golden="nowhere.cfg"))


def test_an_approved_configuration_is_what_later_ones_are_compared_with(bench: Bench) -> None:
    device = bench.device("ios", IOS)
    bench.run()
    approved = bench.approve()
    device.config = IOS.replace("uplink", "changed")

    changed, _ = bench.run()
    still, _ = bench.run()
    kept = ConfigStates(bench.state).get("r1", "config")
    standing = config_standing(bench.state, bench.baselines, kept, ProfileLibrary())
    again = bench.approve(why="it is the new uplink")

    assert (approved.accepted, approved.entries) == (0, 14)
    assert (changed.result.baseline, changed.result.pending) == ("approved", 1)
    assert (still.result.pending, still.events) == (1, ())
    assert [change.section for change in standing.pending] == [("interface Gi0/1",)]
    assert again.accepted == 1
    assert bench.run()[0].result.pending == 0
    assert bench.approve() is None
    assert "interface Gi0/1" in again.path.read_text()
    assert "PLANTED" not in again.path.read_text()


def test_an_approval_needs_something_to_vouch_for_and_the_state_that_was_run(bench: Bench) -> None:
    bench.device("ios", IOS)
    bench.run()
    path = bench.approve().path
    path.unlink()
    with pytest.raises(UsageError, match="changed since its last run"):
        bench.approve()
    withdrawn, _ = bench.run()
    shutil.rmtree(bench.state / FOLDER)
    with pytest.raises(UsageError, match="no configuration in the history"):
        bench.approve()

    assert [event.fields["state"] for event in withdrawn.events if event.kind == "baseline"] == ["withdrawn"]


def test_a_history_that_is_gone_is_told_once(bench: Bench) -> None:
    device = bench.device("ios", IOS)
    bench.run()
    bench.approve()
    shutil.rmtree(bench.state / FOLDER)
    device.config = IOS.replace("uplink", "changed while nobody knew")

    outcome, alerts = bench.run()
    again, _ = bench.run()

    assert (10, "The history of r1's configuration is gone: what changed since cannot be told") in alerts
    assert [failure.what for failure in outcome.result.failures] == ["baseline"]
    assert "history gone" not in [fields["change"] for fields in _fields(again)]


def test_other_captures_are_kept_and_compared_too(bench: Bench) -> None:
    device = bench.device(
        "ios", IOS, replies={"show version": "Cisco IOS Software, Version 15.2\nr1 uptime is 5 days\n"}
    )
    scope = ConfigScope(captures=("running", "version"))
    bench.run(scope)
    device.replies["show version"] = "Cisco IOS Software, Version 15.9\nr1 uptime is 6 days\n"

    outcome, alerts = bench.run(scope)

    assert [fields["capture"] for fields in _fields(outcome)] == ["version"]
    assert alerts == [(3, "Hardware or software of r1 changed, as `version` says")]
    assert ConfigHistory(bench.state).text("r1", "version") == "Cisco IOS Software, Version 15.9\n"


def test_a_capture_or_a_profile_that_nobody_knows_is_a_mistake_of_whoever_wrote_it(bench: Bench) -> None:
    bench.device("ios", IOS)

    with pytest.raises(ConfigError, match="no capture 'nonsense'; it has running, startup"):
        bench.run(ConfigScope(captures=("nonsense",)))
    with pytest.raises(ConfigError, match="no device profile has the name 'cisco_io'; did you mean 'cisco_ios'"):
        bench.run(ConfigScope(profile="cisco_io"))


def _holds(folder: Path, pattern: re.Pattern[bytes]) -> list[str]:
    """Files below a folder that hold what a pattern finds; what git compressed is looked into as well."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            with contextlib.suppress(zlib.error):
                raw += zlib.decompress(raw)
            if pattern.search(raw):
                found.append(str(path))
    return found


# where a platform's own marks want more around the planted lines
_FRAMES = {
    "ios": ("version 15\n", "end\n"),
    "nxos": ("version 9\n", ""),
    "iosxr": ("", "end\n"),
    "asa": (": Saved\n", ": end\n"),
    "fortios": ("", ""),
    "eos": ("", "end\n"),
    "frr": ("", "end\n"),
    "procurve": ("; J9 Configuration Editor; Created\n", ""),
    "aoscx": ("!\n", ""),
    "screenos": ("", ""),
    "gaia": ("", ""),
    "routeros": ("", ""),
    "vyos": ("", ""),
    "junos": ("", ""),
    "panos": ("", ""),
}


@pytest.mark.no_cover
@pytest.mark.parametrize("platform", sorted(PLANTED))
def test_no_planted_secret_reaches_anything_that_is_kept_or_told(
    bench: Bench, platform: str, caplog: pytest.LogCaptureFixture
) -> None:
    before, after = _FRAMES[platform]
    text = before + PLANTED[platform] + after
    device = bench.device(platform, text)
    caplog.set_level("DEBUG")

    first, alerts = bench.run()
    device.config = re.sub(r"S1", "S1X", text)
    second, more = bench.run()
    bench.approve()

    assert first.result.failures == (), first.result.failures
    secrets = sorted({found.encode() for found in SECRET.findall(text) if len(found) > 4})
    pattern = re.compile(b"|".join(re.escape(secret) for secret in secrets))
    told = msgspec.json.encode([first.events, second.events, first.result, second.result, alerts, more])
    assert not pattern.search(told)
    assert _holds(bench.folder, pattern) == []
    assert not pattern.search(caplog.text.encode())
    kept = [path for path in bench.state.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert kept == []


def test_learning_fetches_twice_in_one_login(bench: Bench) -> None:
    shows = iter(range(100))
    device = bench.device("ios", lambda: IOS.replace("hostname r1", f"uptime {next(shows)}\nhostname r1"))
    bench.state.mkdir()

    first, second = fetched_twice(bench.target(), ProfileLibrary().ready("ios"), bench.order)

    assert (first.count("uptime 0"), second.count("uptime 1")) == (1, 1)
    assert device.wire.logins == 1
    unix = msgspec.structs.replace(bench.target(), transport=TransportKind.SSH)
    with pytest.raises(UsageError, match="no network device"):
        fetched_twice(unix, ProfileLibrary().ready("ios"), bench.order)


def test_learning_says_if_the_device_refuses(bench: Bench) -> None:
    bench.device("asa", "ERROR: % Invalid input detected at '^' marker.\n")
    bench.state.mkdir()

    with pytest.raises(HostError, match="the device refuses more system:running-config and show running-config"):
        fetched_twice(bench.target(), ProfileLibrary().ready("asa"), bench.order)


def test_a_real_change_on_a_real_router_is_found_blamed_and_judged(
    bench: Bench, start_sshd: Callable[..., object]
) -> None:
    with router() as its:
        bench.use(behind_sshd(its, start_sshd))
        first, _ = bench.run(host="edge1")
        silent, _ = bench.run(host="edge1")
        its.tell(
            "configure terminal",
            "access-list MGMT seq 5 permit 203.0.113.0/24",
            "interface lo",
            "description taken over",
        )
        outcome, alerts = bench.run(host="edge1")

    assert first.result.failures == ()
    assert silent.events == ()
    found = {fields["section"] if "section" in fields else fields["topic"]: fields for fields in _fields(outcome)}
    assert found["interface lo"]["added"] == "description taken over"
    assert found["interface lo"]["removed"] == "description loopback of edge1"
    assert "access-list MGMT seq 5" in found["acl"]["added"]
    assert sorted(level for level, _ in alerts) == [5, 9]
    blamed = [line for line in ConfigHistory(bench.state).blame("edge1", "running") if "taken over" in line.text]
    assert [line.revision.note.run for line in blamed] == ["run3"]
    assert isinstance(outcome.events[0], Event)


def test_frr_on_a_unix_host_is_captured_over_an_ordinary_connection(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "vtysh"
    program.write_text(
        '#!/bin/sh\n[ "$2" = "show running-config" ] && printf "hostname edge\\n password S1vty\\nend\\n"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    bench.use(Target(host="unix1", address="localhost", transport=TransportKind.LOCAL))

    outcome, _ = bench.run(host="unix1")

    assert outcome.result.failures == ()
    assert ConfigHistory(bench.state).text(
        "unix1", "running"
    ) == "hostname edge\n password <secret:MASK>\nend\n".replace(
        "MASK", ConfigHistory(bench.state).text("unix1", "running").partition("<secret:")[2][:12]
    )
    assert ConfigStates(bench.state).get("unix1", "config").platform == "frr"


def test_arguments_of_another_collector_and_golden_files_beyond_all_bounds_are_refused(bench: Bench) -> None:
    bench.device("ios", IOS)
    with pytest.raises(TypeError, match="arguments of another collector"):
        bench.run(FileScope(paths=("/etc",)))
    (bench.folder / "huge.cfg").write_text("x" * ((8 << 20) + 1))
    with pytest.raises(ConfigErrors, match="at most"):
        bench.run(ConfigScope(captures=("running",), golden="huge.cfg"))


def test_an_account_without_a_name_can_run_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.device("ios", IOS)

    def nameless() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("ospatrol.patrol.config_work.getpass", SimpleNamespace(getuser=nameless))

    bench.run()

    assert ConfigHistory(bench.state).revisions("r1")[0].note.author == str(os.getuid())


def test_a_device_stands_beside_other_hosts_in_what_people_review(bench: Bench) -> None:
    device = bench.device("ios", IOS)
    bench.run()
    device.config = IOS.replace("description uplink", "description new\n shutdown")
    bench.run()

    kept = ConfigStates(bench.state).get("r1", "config")
    standing = standing_of_config(bench.state, bench.baselines, kept, ProfileLibrary())

    assert (standing.host, standing.of, standing.entries) == ("r1", "config", 15)
    (pending,) = standing.pending
    assert (pending.what, pending.differs, pending.says) == ("interface Gi0/1", "+2 -1", "interfaces")
    assert standing.view(changes=True)["changes"][0]["added"] == "description new\\nshutdown"


def test_learning_pins_the_key_of_a_device_that_nobody_knew(bench: Bench) -> None:
    bench.device("ios", IOS)
    bench.state.mkdir()
    bench.use(
        msgspec.structs.replace(
            bench.target(), ssh_options={**bench.target().ssh_options, "globalknownhostsfile": "none"}
        )
    )

    fetched_twice(bench.target(), ProfileLibrary().ready("ios"), bench.order)
    pins = Registry.open(bench.state).pins()
    fetched_twice(bench.target(), ProfileLibrary().ready("ios"), bench.order)

    assert len(pins) == 1
    assert Registry.open(bench.state).pins() == pins


def test_a_configuration_is_compared_once_while_the_last_one_is_the_baseline(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = bench.device("ios", IOS)
    bench.run()
    compared: list[str | None] = []

    def compare(before: str | None, *rest: Any, **more: Any) -> Any:
        compared.append(before)
        return diff_configs(before, *rest, **more)

    for module in (config_outcome, config_known):
        monkeypatch.setattr(module, "diff_configs", compare)

    for number in (1, 2):
        device.config = IOS.replace("uplink", f"uplink {number}")
        outcome, _ = bench.run()
        assert outcome.result.pending == 1

    assert len(compared) == 1 + 2


def test_of_a_golden_configuration_only_what_is_new_is_told(bench: Bench) -> None:
    device = bench.device("ios", IOS)
    golden = bench.folder / "golden.cfg"
    golden.write_text("service password-encryption\ninterface Gi0/1\n description uplink\n")
    scope = ConfigScope(captures=("running",), golden=str(golden))
    bench.run(scope)
    device.config = IOS.replace("description uplink", "description elsewhere")

    outcome, alerts = bench.run(scope)

    told = [fields["shown"] for fields in _fields(outcome) if fields["change"] == "golden"]
    assert told == ["interface Gi0/1: lacks `description uplink`"]
    assert "r1 is not as its golden configuration says: interface Gi0/1: lacks `description uplink`" in [
        text for _, text in alerts
    ]
