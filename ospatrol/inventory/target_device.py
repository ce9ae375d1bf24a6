"""Variables of network devices, as the collections of Ansible write them."""

from __future__ import annotations

from ospatrol.load.fields import did_you_mean
from ospatrol.model.host import NetworkOs

ENABLE_METHODS = ("enable", "ansible.netcommon.enable")
ENABLE_PASSWORD = ("ansible_enable_pass", "ansible_become_pass", "ansible_become_password")

# names of collections whose last word is not ours, and the names that netmiko gives
_OTHER_NAMES = {
    "arista_eos": NetworkOs.EOS,
    "aruba_aoscx": NetworkOs.AOSCX,
    "aruba_os": NetworkOs.PROCURVE,
    "aruba_procurve": NetworkOs.PROCURVE,
    "arubanetworks.aos_switch.arubaoss": NetworkOs.PROCURVE,
    "arubaos_switch": NetworkOs.PROCURVE,
    "arubaoscx": NetworkOs.AOSCX,
    "arubaoss": NetworkOs.PROCURVE,
    "check_point.gaia.checkpoint": NetworkOs.GAIA,
    "checkpoint": NetworkOs.GAIA,
    "checkpoint_gaia": NetworkOs.GAIA,
    "cisco_asa": NetworkOs.ASA,
    "cisco_fwsm": NetworkOs.FWSM,
    "cisco_ios": NetworkOs.IOS,
    "cisco_iosxe": NetworkOs.IOS_XE,
    "cisco_iosxr": NetworkOs.IOS_XR,
    "cisco_nxos": NetworkOs.NXOS,
    "cisco_pix": NetworkOs.PIX,
    "cisco_xe": NetworkOs.IOS_XE,
    "cisco_xr": NetworkOs.IOS_XR,
    "fortigate": NetworkOs.FORTIOS,
    "fortinet": NetworkOs.FORTIOS,
    "fortinet_fortios": NetworkOs.FORTIOS,
    "frrouting": NetworkOs.FRR,
    "hp_procurve": NetworkOs.PROCURVE,
    "ios-xe": NetworkOs.IOS_XE,
    "ios-xr": NetworkOs.IOS_XR,
    "juniper_junos": NetworkOs.JUNOS,
    "juniper_netscreen": NetworkOs.SCREENOS,
    "juniper_screenos": NetworkOs.SCREENOS,
    "mikrotik": NetworkOs.ROUTEROS,
    "mikrotik_routeros": NetworkOs.ROUTEROS,
    "netscreen": NetworkOs.SCREENOS,
    "paloalto_panos": NetworkOs.PANOS,
    "vyatta": NetworkOs.VYOS,
}


def network_os(name: str) -> NetworkOs:
    """What `ansible_network_os` names: `cisco.ios.ios`, `ios` or `cisco_ios`.

    Raises:
        ValueError: nobody here knows it; says which names are near.
    """
    lowered = name.strip().lower()
    short = lowered.rpartition(".")[2]
    if lowered in _OTHER_NAMES:
        return _OTHER_NAMES[lowered]
    if short in set(NetworkOs):
        return NetworkOs(short)
    known = [*NetworkOs, *_OTHER_NAMES]
    raise ValueError(f"network OS {name!r} is not supported{did_you_mean(name, known)}")
