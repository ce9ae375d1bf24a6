"""The doctor names the step that fails; on real servers."""

from __future__ import annotations

import shutil
import subprocess

import msgspec
import pytest

from ospatrol.model.host import Become, Target, TransportKind
from ospatrol.patrol.doctor import Step, StepStatus, consult, diagnose, examine
from ospatrol.patrol.order import RunOrder
from ospatrol.transport.host_connection import Login
from ospatrol.transport.host_keys import HostKeys
from ospatrol.transport.limits import Limits
from ospatrol.transport.probe import PROBE, read_userland
from ospatrol.transport.replay import ReplayConnection


async def seen(*targets):
    limits = Limits(attempts=1, connect_s=5, start_s=5)
    return (await diagnose(targets, host_keys=HostKeys(), limits=limits, forks=2)).examinations


def failed(examination):
    """The one step that failed; those before it work, those after it were not reached."""
    statuses = [step.status for step in examination.steps]
    at = statuses.index(StepStatus.FAILED)
    assert statuses == [StepStatus.OK] * at + [StepStatus.FAILED] + [StepStatus.NOT_REACHED] * (len(statuses) - at - 1)
    assert examination.steps[at].advice
    return examination.steps[at].step


async def test_a_host_where_all_is_well(sshd):
    (examination,) = await seen(sshd.target())

    assert examination.healthy
    assert [step.step for step in examination.steps] == list(Step)
    told = {step.step: step.seen for step in examination.steps}
    assert "OpenSSH" in told[Step.CONNECT]
    assert "SHA256:" in told[Step.HOST_KEY]
    assert "Linux" in told[Step.SHELL]
    assert "sha256sum" in told[Step.TOOLS]


async def test_this_machine():
    (examination,) = await seen(Target(host="localhost", address="localhost", transport=TransportKind.LOCAL))

    assert examination.healthy


async def test_a_busybox_machine(busybox_host):
    (examination,) = await seen(busybox_host.target())

    assert examination.healthy
    assert "busybox" in examination.steps[5].seen


async def test_each_step_can_be_the_one_that_fails(sshd, start_sshd, keys, tmp_path):
    unknown, changed = start_sshd(known=False), start_sshd(known=False)
    changed.known_hosts.write_text(f"[127.0.0.1]:{changed.port} {(keys / 'other_host.pub').read_text()}")
    nothing = start_sshd("ForceCommand echo no; exit 1")
    become = Become(user="nobody", program="/nowhere/sudo")
    targets = {
        Step.RESOLVE: sshd.target(address="no-such-host.invalid"),
        Step.CONNECT: sshd.target(port=1),
        Step.HOST_KEY: unknown.target(),
        Step.AUTH: sshd.target(key_files=(str(tmp_path / "missing"),)),
        Step.ELEVATION: sshd.target(become=become),
        Step.SHELL: nothing.target(),
    }

    examinations = await seen(*targets.values(), changed.target())

    assert [failed(each) for each in examinations] == [*targets, Step.HOST_KEY]
    assert not any(each.healthy for each in examinations)


async def test_a_host_without_a_hasher_lacks_tools(sshd):
    class Recorded(ReplayConnection):
        login = Login(user="root")

    def open_recorded(target):
        connection = Recorded({"probe": b"system=Odd\nhas=stat -c\nend=end\n"}, target=target)
        return _Opened(connection)

    examination = await examine(sshd.target(), open_recorded)

    assert failed(examination) is Step.TOOLS
    assert "a hasher" in examination.steps[-1].advice


class _Opened:
    def __init__(self, connection):
        self._connection = connection

    async def __aenter__(self):
        return self._connection

    async def __aexit__(self, *error):
        return None


def test_what_a_host_says_is_made_fit_to_show():
    userland = read_userland(b"system=\x1b[2J\xff\nhas=a\x00b\nrubbish\n" + b"has=x\n" * 1000)

    assert userland.system == "\\x1b[2J\\xff"
    assert userland.tools[0] == "a\\x00b"
    assert len(userland.tools) < 200
    assert userland.lacking


@pytest.mark.parametrize("shell", ["sh", "busybox"])
def test_the_probe_runs_in_every_shell(shell):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    command = [shell, "sh"] if shell == "busybox" else [shell]
    done = subprocess.run([*command, "-c", PROBE.script.text], capture_output=True, check=True)

    userland = read_userland(done.stdout)
    assert (done.stderr, userland.lacking) == (b"", ())


def test_a_key_that_the_doctor_accepts_is_pinned_in_the_workspace(start_sshd, tmp_path):
    target = start_sshd(known=False).target()
    order = RunOrder(play="doctor", plans=(), state=tmp_path / "state", baselines=tmp_path)
    (refused,) = consult([target], order)
    assert not order.state.exists()
    (accepted,) = consult([target], msgspec.structs.replace(order, accept_new=True))
    (known,) = consult([target], order)

    assert failed(refused) is Step.HOST_KEY
    assert accepted.healthy
    assert known.healthy
