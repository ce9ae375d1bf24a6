"""Variables of a network device -> how it is reached."""

from __future__ import annotations

import pytest

from ospatrol.inventory.target import Overrides
from ospatrol.inventory.target_device import network_os
from ospatrol.model.errors import ConfigErrors
from ospatrol.model.host import BecomeMethod, Enable, NetworkOs, Target, TransportKind
from ospatrol.model.secret import Secret

_DEVICE = "ansible_connection=network_cli ansible_network_os=ios "


@pytest.fixture
def target_of(inventory_of):
    def target(variables, overrides=None):
        inventory = inventory_of({"hosts": f"r1 {variables}\n"})
        return inventory.target("r1", overrides) if overrides else inventory.target("r1")

    return target


def test_a_device_needs_its_connection_and_its_platform(target_of):
    assert target_of("ansible_connection=ansible.netcommon.network_cli ansible_network_os=cisco.ios.ios") == Target(
        host="r1", address="r1", transport=TransportKind.NETWORK, platform="ios"
    )


@pytest.mark.parametrize(
    ("name", "os"),
    [
        *((os.value, os) for os in NetworkOs),
        ("cisco.ios.ios", NetworkOs.IOS), ("cisco.iosxr.iosxr", NetworkOs.IOS_XR), ("cisco.nxos.nxos", NetworkOs.NXOS),
        ("cisco.asa.asa", NetworkOs.ASA), ("junipernetworks.junos.junos", NetworkOs.JUNOS),
        ("arista.eos.eos", NetworkOs.EOS), ("fortinet.fortios.fortios", NetworkOs.FORTIOS),
        ("paloaltonetworks.panos.panos", NetworkOs.PANOS), ("check_point.gaia.checkpoint", NetworkOs.GAIA),
        ("arubanetworks.aos_switch.arubaoss", NetworkOs.PROCURVE), ("arubanetworks.aoscx.aoscx", NetworkOs.AOSCX),
        ("community.routeros.routeros", NetworkOs.ROUTEROS), ("vyos.vyos.vyos", NetworkOs.VYOS),
        ("frr.frr.frr", NetworkOs.FRR), ("cisco_xe", NetworkOs.IOS_XE), ("Cisco_IOS", NetworkOs.IOS),
        ("netscreen", NetworkOs.SCREENOS),
    ],
)  # fmt: skip
def test_platforms_have_ansible_s_names_netmiko_s_and_ours(name, os):
    assert network_os(name) is os


def test_on_other_connections_the_platform_stays_as_it_is_written(target_of):
    assert target_of("ansible_network_os=whatever.it.is").platform == "whatever.it.is"


@pytest.mark.parametrize(
    ("variables", "enable"),
    [
        ("", None),
        ("ansible_become=no ansible_become_password=x", None),
        ("ansible_become=yes", Enable()),
        ("ansible_become=yes ansible_become_method=enable ansible_become_password=x", Enable(secret=Secret("x"))),
        ("ansible_become=yes ansible_become_method=ansible.netcommon.enable ansible_become_pass=y ",
         Enable(secret=Secret("y"))),
        ("ansible_become=yes ansible_enable_pass=z ansible_become_password=x", Enable(secret=Secret("z"))),
    ],
)  # fmt: skip
def test_the_privileged_mode_is_become_with_enable(variables, enable, target_of):
    target = target_of(_DEVICE + variables)

    assert target.enable == enable
    assert target.become is None


def test_a_secret_is_masked_wherever_a_device_is_shown(target_of):
    assert "s3cret" not in repr(target_of(_DEVICE + "ansible_become=yes ansible_become_password=s3cret"))


def test_the_command_line_elevates_devices_too_and_its_method_is_for_unix_hosts(target_of):
    overrides = Overrides(become=True, become_method=BecomeMethod.SU, become_password=Secret("p"))

    assert target_of(_DEVICE, overrides).enable == Enable(secret=Secret("p"))
    assert target_of(_DEVICE + "ansible_become=yes", Overrides(become=False)).enable is None


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ("ansible_connection=network_cli",
         "host 'r1' is a network device; set ansible_network_os, for instance to cisco.ios.ios"),
        ("ansible_connection=network_cli ansible_network_os=cisco.ioss.ioss",
         "ansible_network_os of host 'r1': network OS 'cisco.ioss.ioss' is not supported"),
        (_DEVICE + "ansible_become=yes ansible_become_method=sudo",
         "ansible_become_method of host 'r1': become method 'sudo' is not one of network devices; it must be enable"),
        ("ansible_become=yes ansible_become_method=enable",
         "ansible_become_method of host 'r1': become method 'enable' is one of network devices: set "),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_said(variables, problem, target_of):
    with pytest.raises(ConfigErrors) as caught:
        target_of(variables)

    (error,) = caught.value.errors
    assert error.problem.startswith(problem)
    assert str(error.place)


def test_a_device_of_the_command_line_without_platform_is_said(target_of):
    with pytest.raises(ConfigErrors, match="command line: host 'r1' is a network device"):
        target_of("", Overrides(connection=TransportKind.NETWORK))
