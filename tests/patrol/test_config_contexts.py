"""Devices with several virtual systems: each is a configuration of its own, and none is ever taken for another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import msgspec
import pytest

from ospatrol.collect.config import ConfigScope
from ospatrol.model.coverage import Reason
from ospatrol.patrol.config_known import config_standing
from ospatrol.patrol.config_profiles import ProfileLibrary
from ospatrol.patrol.work import Outcome
from ospatrol.store.config_history import ConfigHistory
from ospatrol.store.config_states import ConfigState, ConfigStates
from tests.devices.recording import CORPUS, recordings
from tests.devices.simulator import Device, Faults, Rack
from tests.devices.virtual import Inside
from tests.patrol.test_config_work import Bench

ALL = ConfigScope(captures=("running",), contexts="all")
HERE = ConfigScope(captures=("running",))
# a configuration of each platform, as small as it may be to be whole; `{0}` is what tells one from another
TEXTS = {
    "asa": ": Saved\nhostname {0}\naccess-list {0} extended permit ip any any\n"
    "snmp-server community PLANTED{0}\n: end\n",
    "fortios": 'config system settings\n    set comments "{0}"\nend\n'
    'config firewall address\n    edit "{0}"\n    next\nend\n',
    "screenos": "set hostname {0}\nset zone {0}\nset snmp community PLANTED{0}\n",
    "panos": '"{0}; index: 1" {{\n        from trust;\n        action allow;\n}}\n',
    "junos": "system {{\n    host-name {0};\n}}\n",
    "nxos": "version 8.4\nhostname {0}\nsnmp-server community PLANTED{0} group network-operator\n",
    "gaia": "set hostname {0}\nset snmp community PLANTED{0} read-only\n",
}
HOMES = {
    "panos": "devices {\n  localhost.localdomain {\n    vsys {\n      vsys1 {\n      }\n"
    "      vsys2 {\n      }\n    }\n  }\n}\n",
}
NAMES = {"panos": ["vsys1", "vsys2"], "gaia": ["1", "2"]}


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


def firewall(bench: Bench, platform: str = "asa", *, names: tuple[str, ...] = (), **more: object) -> Device:
    """A device with virtual systems, each with a configuration that names it."""
    names = names or tuple(NAMES.get(platform, ["cust-a", "cust_b"]))
    text = TEXTS[platform]
    inside = Inside(
        home=HOMES.get(platform, text.replace("{0}", "home").replace("{{", "{").replace("}}", "}")),
        configs={name: text.replace("{0}", name).replace("{{", "{").replace("}}", "}") for name in names},
    )
    for key in [key for key in more if hasattr(inside, key)]:
        setattr(inside, key, more.pop(key))
    return bench.device(platform, "", host="fw1", inside=inside, **more)


def kept(bench: Bench, name: str = "") -> str | None:
    return ConfigHistory(bench.state).text(f"fw1@{name}" if name else "fw1", "running")


def failures(outcome: Outcome) -> dict[str, str]:
    return {failure.what: failure.detail for failure in outcome.result.failures}


@pytest.mark.parametrize("platform", sorted(TEXTS))
def test_each_virtual_system_is_captured_compared_and_left_again(bench: Bench, platform: str) -> None:
    device = firewall(bench, platform)
    inside = device.inside
    assert inside
    first, proposed = bench.run(ALL, host="fw1")
    name, other = inside.configs
    assert [f"config@{name} on fw1" in text for _, text in proposed].count(True) == 1
    inside.configs[name] = inside.configs[name].replace(name, "changed", 1)
    second, alerts = bench.run(ALL, host="fw1")

    assert (first.result.failures, second.result.failures) == ((), ())
    texts = {each: kept(bench, each) for each in ("", name, other)}
    assert [("home" in text or "vsys {" in text) for text in texts.values() if text] == [True, False, False]
    assert "changed" in (texts[name] or "")
    assert other in (texts[other] or "")
    assert "PLANTED" not in "".join(filter(None, texts.values()))
    told = [event.fields for event in second.events if event.kind == "config"]
    assert {fields["context"] for fields in told} == {name}
    assert {event.host for event in (*first.events, *second.events)} == {"fw1"}
    called = ProfileLibrary().ready(platform).profile.contexts.called
    assert all(f"{called} {name}: " in text for _, text in alerts)
    assert alerts
    assert (device.wire.logins, device.wire.logouts, device.wire.config_mode) == (2, 2, False)
    assert (inside.created, inside.saved) == ([], [])


@pytest.mark.parametrize("platform", sorted(TEXTS))
def test_a_session_that_stays_where_it_lands_says_which_others_there_are(bench: Bench, platform: str) -> None:
    device = firewall(bench, platform)

    outcome, _ = bench.run(HERE, host="fw1")

    (note,) = [each for each in outcome.notes if "several" in each]
    assert outcome.result.failures == ()
    assert all(name in note for name in device.inside.configs)
    assert "`contexts: all`" in note
    assert [state.host for state in ConfigStates(bench.state).all()] == ["fw1"]
    assert device.wire.logouts == 1


def test_names_and_patterns_choose_and_one_that_is_nowhere_is_told(bench: Bench) -> None:
    firewall(bench, names=("cust-a", "cust-b", "lab"))
    chosen = msgspec.structs.replace(ALL, contexts=("cust-*", "nowhere"))

    outcome, _ = bench.run(chosen, host="fw1")

    assert failures(outcome) == {"context nowhere": "the device has none: it has cust-a, cust-b, lab"}
    assert [state.host for state in ConfigStates(bench.state).all()] == ["fw1", "fw1@cust-a", "fw1@cust-b"]


def test_a_login_that_lands_in_a_context_goes_back_there_and_the_system_is_captured_too(bench: Bench) -> None:
    device = firewall(bench, names=("admin", "cust"), lands="admin")

    outcome, _ = bench.run(ALL, host="fw1")

    assert outcome.result.failures == ()
    assert "hostname admin" in (kept(bench) or "")
    assert "hostname home" in (kept(bench, "system") or "")
    assert "hostname cust" in (kept(bench, "cust") or "")
    assert kept(bench, "admin") is None
    assert device.wire.lines[-3:] == ["changeto context admin", "terminal pager 0", "exit"]


def test_what_is_kept_as_the_device_stays_the_same_context_wherever_logins_land(bench: Bench) -> None:
    device = firewall(bench, names=("admin", "cust"), lands="admin")
    bench.run(HERE, host="fw1")
    device.inside.lands = ""

    here, _ = bench.run(HERE, host="fw1")
    everywhere, _ = bench.run(ALL, host="fw1")

    assert "lands in the context system, and what is kept is of admin" in failures(here)["running"]
    assert everywhere.result.failures == ()
    assert "hostname admin" in (kept(bench) or "")
    assert "hostname home" in (kept(bench, "system") or "")
    assert [event for event in (*here.events, *everywhere.events) if event.fields.get("change") == "changed"] == []


@pytest.mark.parametrize("platform", sorted(TEXTS))
def test_one_that_vanishes_before_it_is_entered_is_not_assessed_and_the_others_are(bench: Bench, platform: str) -> None:
    device = firewall(bench, platform)
    name, other = device.inside.configs
    device.inside.vanished = {name}

    outcome, _ = bench.run(ALL, host="fw1")

    assert list(failures(outcome)) == [f"running@{name}"]
    assert f" {name} cannot be entered" in failures(outcome)[f"running@{name}"]
    assert kept(bench, name) is None
    assert other in (kept(bench, other) or "")
    assert device.inside.created == []
    assert device.wire.logouts == 1


def test_a_vdom_that_is_removed_while_others_are_visited_is_not_made_anew(bench: Bench) -> None:
    device = firewall(bench, "fortios", names=("one", "two", "three"))
    device.inside.removes = {"one": "two"}

    outcome, _ = bench.run(ALL, host="fw1")

    assert device.inside.created == []
    assert list(failures(outcome)) == ["running@two"]
    assert "three" in (kept(bench, "three") or "")


def test_no_name_is_read_behind_the_list_of_vdoms(bench: Bench) -> None:
    device = firewall(bench, "fortios")
    device.inside.home += 'config firewall policy\n    edit 1\n        set comments "x\nedit evil\ny"\nend\n'

    outcome, _ = bench.run(ALL, host="fw1")

    assert device.inside.created == []
    assert failures(outcome) == {}
    assert kept(bench, "evil") is None


def test_all_of_them_together_have_a_bound(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ospatrol.patrol.config_tour._MOST_CHARS", 1)
    device = firewall(bench)

    outcome, _ = bench.run(ALL, host="fw1")

    first, second = device.inside.configs
    assert kept(bench, first) is not None
    said = f"the context {second} cannot be entered: the others said too much"
    assert failures(outcome) == {f"running@{second}": said}


@pytest.mark.parametrize("platform", sorted(TEXTS))
def test_another_one_than_was_asked_for_is_never_kept_under_its_name(bench: Bench, platform: str) -> None:
    device = firewall(bench, platform)
    name, other = device.inside.configs
    device.inside.swapped = {name: other}

    outcome, _ = bench.run(ALL, host="fw1")

    assert list(failures(outcome)) == [f"running@{name}"]
    assert kept(bench, name) is None
    assert other in (kept(bench, other) or "")
    assert device.wire.logouts == 1


@pytest.mark.parametrize("platform", ["asa", "fortios", "screenos", "junos", "gaia"])
def test_a_prompt_that_does_not_name_it_proves_nothing(bench: Bench, platform: str) -> None:
    device = firewall(bench, platform, mute=True)

    outcome, _ = bench.run(ALL, host="fw1")

    assert set(failures(outcome)) == {f"running@{name}" for name in device.inside.configs}
    assert kept(bench) is not None
    assert [kept(bench, name) for name in device.inside.configs] == [None, None]


@pytest.mark.parametrize("platform", sorted(TEXTS))
def test_a_session_that_cannot_leave_is_ended_there_without_another_word(bench: Bench, platform: str) -> None:
    device = firewall(bench, platform)
    name, other = device.inside.configs
    device.inside.traps = {name}

    outcome, _ = bench.run(ALL, host="fw1")

    assert list(failures(outcome)) == [f"running@{other}"]
    assert "cannot be left" in failures(outcome)[f"running@{other}"]
    assert name in (kept(bench, name) or "")
    assert device.wire.logouts == 0
    leaves = {step.send or step.ask for step in ProfileLibrary().ready(platform).profile.contexts.leave}
    assert device.wire.lines[-1] in leaves


HOSTILE = ["ctx;reload", "../../etc/x", "a" * 300, "-x", "a|b", "$(id)", "a\x7fb", "{name}", "caf\u00e9"]


def test_hostile_names_are_told_and_never_sent_back(bench: Bench) -> None:
    device = firewall(bench, listed=HOSTILE)

    outcome, _ = bench.run(ALL, host="fw1")

    misnamed = [each for each in outcome.result.failures if each.reason is Reason.NAME]
    assert len(misnamed) == len(HOSTILE)
    assert all(each.what == "contexts" and "\x7f" not in each.detail and len(each.detail) < 300 for each in misnamed)
    assert not [line for line in device.wire.lines for name in HOSTILE if name in line]
    assert kept(bench, "cust-a")
    assert kept(bench, "cust_b")


def test_a_list_that_is_too_long_is_told_and_bounded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ospatrol.collect.config_contexts.MOST_CONTEXTS", 3)
    firewall(bench, names=tuple(f"c{number}" for number in range(5)))

    outcome, _ = bench.run(ALL, host="fw1")

    assert failures(outcome) == {"contexts": "the device lists 5; the first 3 are looked at"}
    assert [kept(bench, f"c{number}") is not None for number in range(5)] == [True, True, True, False, False]


def test_a_list_that_does_not_count_what_it_shows_is_told(bench: Bench) -> None:
    firewall(bench, listed=["a name that is no column"])
    firewall(bench, names=("x",), listed=[""])

    outcome, _ = bench.run(ALL, host="fw1")

    assert "counts '2', and 1 names can be read" in " ".join(failures(outcome).values())


def test_a_list_that_is_refused_leaves_what_was_captured_where_the_login_landed(bench: Bench) -> None:
    firewall(bench, lists_nothing=True)

    every, _ = bench.run(ALL, host="fw1")
    here, _ = bench.run(HERE, host="fw1")

    assert failures(every) == {"contexts": "`show context`: the device refuses"}
    assert kept(bench)
    assert here.result.failures == ()
    assert "not all can be named" in here.notes[0]


def test_a_question_whether_to_save_is_answered_with_no(bench: Bench) -> None:
    device = firewall(bench, "screenos", asks=True)

    outcome, _ = bench.run(ALL, host="fw1")

    assert outcome.result.failures == ()
    assert device.inside.saved == []
    assert device.wire.logouts == 1


def test_a_device_that_hangs_in_the_middle_keeps_what_was_whole(bench: Bench) -> None:
    device = firewall(bench, faults=Faults(new_prompt_after=1))

    outcome, _ = bench.run(ALL, host="fw1")

    assert kept(bench)
    assert [kept(bench, name) for name in device.inside.configs] == [None, None]
    assert outcome.result.failures


def test_each_is_approved_shown_and_blamed_for_itself(bench: Bench) -> None:
    device = firewall(bench)
    bench.run(ALL, host="fw1")
    bench.approve("fw1@cust-a")
    device.inside.configs["cust-a"] = device.inside.configs["cust-a"].replace("permit", "deny")

    outcome, _ = bench.run(ALL, host="fw1")

    assert (outcome.result.baseline, outcome.result.pending) == ("proposed", 1)
    states = {state.host: state for state in ConfigStates(bench.state).all()}
    assert [(each.device, each.context) for each in states.values()] == [
        ("", "system"),
        ("fw1", "cust-a"),
        ("fw1", "cust_b"),
    ]
    standing = config_standing(bench.state, bench.baselines, states["fw1@cust-a"], ProfileLibrary())
    assert (bool(standing.approval), len(standing.pending)) == (True, 1)
    assert len(ConfigHistory(bench.state).revisions("fw1@cust-a")) == 2
    assert len(ConfigHistory(bench.state).revisions("fw1")) == 1
    assert sorted(ConfigHistory(bench.state).hosts()) == ["fw1", "fw1%40cust-a", "fw1%40cust_b"]


def test_one_that_is_not_on_the_device_any_more_is_told(bench: Bench) -> None:
    device = firewall(bench)
    bench.run(ALL, host="fw1")
    del device.inside.configs["cust_b"]

    outcome, _ = bench.run(ALL, host="fw1")

    assert outcome.notes == ("cust_b is not on it any more; its configuration is kept as fw1@cust_b",)


def test_a_host_of_the_inventory_with_such_a_name_keeps_its_own(bench: Bench) -> None:
    bench.state.mkdir(mode=0o700)
    ConfigStates(bench.state).put(ConfigState(host="fw1@cust-a", task="config", platform="cisco_ios", proposed="x"))
    firewall(bench)

    outcome, _ = bench.run(ALL, host="fw1")

    assert failures(outcome) == {"running@cust-a": "another host of the inventory has the name fw1@cust-a"}
    assert ConfigStates(bench.state).get("fw1@cust-a", "config").platform == "cisco_ios"


def test_contexts_of_a_platform_without_any_are_a_failure_and_of_a_device_without_any_are_not(bench: Bench) -> None:
    bench.device("ios", "version 15\nhostname x\nend\n", host="fw1")
    nowhere, _ = bench.run(ALL, host="fw1")
    bench.device(
        "asa", TEXTS["asa"].replace("{0}", "x"), host="fw2", replies={"show mode": "Security context mode: single\n"}
    )
    single, _ = bench.run(ALL, host="fw2")

    assert "nothing is known of virtual systems of cisco_ios" in failures(nowhere)["contexts"]
    assert (single.result.failures, single.notes) == ((), ())


def test_a_prompt_that_names_it_before_it_is_entered_proves_nothing(bench: Bench) -> None:
    device = firewall(bench, "junos", names=("a",), mute=True)
    device.name = "fw:a"

    outcome, _ = bench.run(ALL, host="fw1")

    assert "the prompt is still 'oper@fw:a>'" in failures(outcome)["running@a"]


def test_a_login_that_may_not_change_contexts_captures_its_own(bench: Bench) -> None:
    device = firewall(bench, names=("admin", "cust"), lands="cust", confined=True)

    here, _ = bench.run(HERE, host="fw1")
    every, _ = bench.run(ALL, host="fw1")

    assert (here.result.failures, "Command not valid" in here.notes[0]) == ((), True)
    assert "Command not valid" in failures(every)["contexts"]
    assert "hostname cust" in (kept(bench) or "")
    assert device.wire.logouts == 2


def test_a_session_of_which_nobody_knows_where_it_is_is_ended(bench: Bench) -> None:
    device = firewall(bench, names=("admin", "cust"), lands="cust", confined=True, mute=True)

    outcome, _ = bench.run(ALL, host="fw1")

    assert list(failures(outcome)) == ["contexts"]
    assert "hostname cust" in (kept(bench) or "")
    assert device.wire.logouts == 0


def test_a_landing_that_no_prompt_names_enters_nothing(bench: Bench) -> None:
    device = firewall(bench, names=("admin", "cust"), lands="admin", mute=True)

    outcome, _ = bench.run(ALL, host="fw1")

    assert failures(outcome) == {"contexts": "the prompt does not say where the login landed, so none was entered"}
    assert "hostname admin" in (kept(bench) or "")
    assert [kept(bench, name) for name in ("system", "admin", "cust")] == [None, None, None]
    assert device.wire.logouts == 0


@pytest.mark.parametrize("line", ["show mode", "changeto system", "show context"])
def test_a_device_that_does_not_say_which_there_are_keeps_what_was_captured(bench: Bench, line: str) -> None:
    firewall(bench, names=("admin",), lands="admin", silent={line})

    outcome, _ = bench.run(msgspec.structs.replace(ALL, command_s=1.0), host="fw1")

    assert list(failures(outcome)) == ["contexts"]
    assert "within 1 s" in failures(outcome)["contexts"]
    assert "hostname admin" in (kept(bench) or "")


def test_one_in_which_no_prompt_comes_ends_the_session_and_the_ones_before_are_kept(bench: Bench) -> None:
    firewall(bench, names=("a", "b", "c"), silent={"b"})

    outcome, _ = bench.run(msgspec.structs.replace(ALL, command_s=1.0), host="fw1")

    assert list(failures(outcome)) == ["running@b", "running@c"]
    assert [kept(bench, name) is not None for name in ("", "a", "b", "c")] == [True, True, False, False]


def test_what_only_clish_can_enter_is_told_in_the_expert_shell(bench: Bench) -> None:
    text = "set hostname x\n"
    inside = Inside(home=text, configs={"1": "", "2": ""})
    device = bench.device("gaia_expert", text, host="fw2", inside=inside)

    outcome, _ = bench.run(ALL, host="fw2")

    assert list(failures(outcome)) == ["running@1", "running@2"]
    assert "it leads to no virtual system; nothing was sent" in failures(outcome)["running@1"]
    assert device.wire.logouts == 1


def test_a_device_that_has_no_contexts_any_more_keeps_its_own(bench: Bench) -> None:
    device = firewall(bench)
    bench.run(ALL, host="fw1")
    device.inside = None
    device.config = device.startup = TEXTS["asa"].replace("{0}", "single")

    outcome, _ = bench.run(ALL, host="fw1")

    assert (outcome.result.failures, outcome.notes) == ((), ())
    assert "hostname single" in (kept(bench) or "")


def test_names_beyond_all_bounds_are_counted(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ospatrol.collect.config_contexts.MOST_CONTEXTS", 3)
    firewall(bench, names=("a",), listed=[f"{number};x" for number in range(9)])

    outcome, _ = bench.run(ALL, host="fw1")

    assert [failure.reason for failure in outcome.result.failures] == [Reason.NAME] * 3 + [Reason.LIMIT]
    assert "9 unusable names" in outcome.result.failures[-1].detail


def test_a_login_that_may_not_ask_says_that_it_is_not_known(bench: Bench) -> None:
    replies = {"show mode": "Command authorization failed\n"}
    bench.device("asa", TEXTS["asa"].replace("{0}", "x"), host="fw1", replies=replies)

    here, _ = bench.run(HERE, host="fw1")
    every, _ = bench.run(ALL, host="fw1")

    assert here.result.failures == ()
    assert here.notes == (
        "it is not known whether it has several contexts, and not all can be named: `show mode`: the login may not ask",
    )
    assert failures(every) == {"contexts": "`show mode`: the login may not ask"}


def test_what_a_recorded_fortigate_says_names_its_vdoms(bench: Bench) -> None:
    if not CORPUS.is_dir() and os.environ.get("CI") != "true":
        pytest.skip("../shared/corpus is not beside this repository")
    (recording,) = [each for name, each in recordings("fortigate").items() if "vdomHAdown" in name]
    bench.device("fortios", "", host="fw1", recording=recording)

    outcome, _ = bench.run(HERE, host="fw1")

    assert outcome.result.failures == ()
    (note,) = [each for each in outcome.notes if "several" in each]
    assert note == (
        "it has several VDOMs, captured as one; `contexts: all` captures each for itself too: root, xxxx, yyyy"
    )


def test_a_recorded_asa_without_contexts_has_none(bench: Bench) -> None:
    if not CORPUS.is_dir() and os.environ.get("CI") != "true":
        pytest.skip("../shared/corpus is not beside this repository")
    (recording,) = [each for name, each in recordings("asa").items() if "single-context" in name]
    said = dict(recording.replies)["show mode"]
    bench.device("asa", TEXTS["asa"].replace("{0}", "x"), host="fw1", replies={"show mode": said.split("\n")[1] + "\n"})

    outcome, _ = bench.run(ALL, host="fw1")

    assert "single" in said
    assert (outcome.result.failures, outcome.notes) == ((), ())


def test_a_device_with_too_many_for_its_time_keeps_those_that_were_captured(bench: Bench) -> None:
    firewall(bench, names=("a", "b", "c"))
    bench.limit(host_s=0.0)

    outcome, _ = bench.run(ALL, host="fw1")

    assert [failure.reason for failure in outcome.result.failures] == [Reason.BUDGET] * 3
    assert kept(bench)
