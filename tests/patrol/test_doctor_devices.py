"""The doctor on network devices."""

from __future__ import annotations

import msgspec
import pytest

from ospatrol.model.host import Enable
from ospatrol.model.secret import Secret
from ospatrol.patrol.doctor import Step, StepStatus, diagnose
from ospatrol.transport.host_keys import HostKeys
from ospatrol.transport.limits import Limits
from tests.devices.simulator import Faults, Rack
from tests.transport.device_bench import Bench


@pytest.fixture
def bench(keys, tmp_path):
    rack = Rack()
    yield Bench(rack=rack, key=keys / "host", folder=tmp_path)
    rack.stop()


async def seen(*targets, accept_new=False):
    limits = Limits(attempts=1, connect_s=5, start_s=3)
    return await diagnose(targets, host_keys=HostKeys(accept_new=accept_new), limits=limits, forks=2)


async def test_a_device_where_all_is_well(bench, sshd):
    _, target = bench.on("ios")

    device, host = (await seen(target, sshd.target())).examinations

    assert device.healthy
    assert host.healthy
    told = {step.step: step.seen for step in device.steps}
    assert list(told) == list(Step)
    assert "SHA256:" in told[Step.HOST_KEY]
    assert told[Step.ELEVATION] == "enable"
    assert told[Step.SHELL] == "ios, prompt device#"
    assert told[Step.TOOLS] == "preparation: terminal length 0"


async def test_a_device_without_privileged_mode(bench):
    _, target = bench.on("screenos")

    (device,) = (await seen(target)).examinations

    assert device.steps[4].seen == "none asked for"
    assert device.steps[6].seen == "preparation: none is needed"


async def test_each_step_of_a_device_can_be_the_one_that_fails(bench):
    _, target = bench.on("ios")
    _, silent = bench.on("ios", faults=Faults(no_prompt=True))
    wrong = {
        Step.HOST_KEY: msgspec.structs.replace(
            target, ssh_options={**target.ssh_options, "userknownhostsfile": "/dev/null"}
        ),
        Step.AUTH: msgspec.structs.replace(target, password=Secret("wrong")),
        Step.ELEVATION: msgspec.structs.replace(target, enable=Enable(secret=Secret("wrong"))),
        Step.SHELL: silent,
    }

    examinations = (await seen(*wrong.values())).examinations

    for step, examination in zip(wrong, examinations, strict=True):
        (failed,) = [each for each in examination.steps if each.status is StepStatus.FAILED]
        assert failed.step is step
        assert failed.advice
    assert "/etc/ssh" not in examinations[0].steps[2].seen
    assert "at its console" in examinations[0].steps[2].seen
    assert "check ansible_user, ansible_password and" in examinations[1].steps[3].advice
    assert "ansible_become_password" in examinations[2].steps[4].advice
    assert "ansible_network_os" in examinations[3].steps[5].advice


async def test_a_device_s_new_key_is_pinned_where_that_is_asked_for(bench):
    _, target = bench.on("ios")
    unknown = msgspec.structs.replace(target, ssh_options={**target.ssh_options, "userknownhostsfile": "/dev/null"})

    diagnosis = await seen(unknown, accept_new=True)

    assert diagnosis.examinations[0].healthy
    assert [pin.host for pin in diagnosis.accepted] == ["device"]
