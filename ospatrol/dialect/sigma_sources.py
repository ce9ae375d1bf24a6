"""Which events Sigma's log sources mean, and how their fields are called here: tables, no logic.

The services of Windows are those of SigmaHQ's `tests/thor.yml` and `sigma-specification` appendix "taxonomy"; events
of Sysmon are numbered as in its documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SYSMON = "Microsoft-Windows-Sysmon/Operational"
_POWERSHELL = ("Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational")
_CLASSIC = ("Windows PowerShell",)

WINDOWS_SERVICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "application": ("Application",),
        "applocker": (
            "Microsoft-Windows-AppLocker/MSI and Script",
            "Microsoft-Windows-AppLocker/EXE and DLL",
            "Microsoft-Windows-AppLocker/Packaged app-Deployment",
            "Microsoft-Windows-AppLocker/Packaged app-Execution",
        ),
        "appmodel-runtime": ("Microsoft-Windows-AppModel-Runtime/Admin",),
        "appxdeployment-server": ("Microsoft-Windows-AppXDeploymentServer/Operational",),
        "appxpackaging-om": ("Microsoft-Windows-AppxPackaging/Operational",),
        "bitlocker": ("Microsoft-Windows-BitLocker/BitLocker Management",),
        "bits-client": ("Microsoft-Windows-Bits-Client/Operational",),
        "capi2": ("Microsoft-Windows-CAPI2/Operational",),
        "certificateservicesclient-lifecycle-system": (
            "Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
        ),
        "codeintegrity-operational": ("Microsoft-Windows-CodeIntegrity/Operational",),
        "dhcp": ("Microsoft-Windows-DHCP-Server/Operational",),
        "diagnosis-scripted": ("Microsoft-Windows-Diagnosis-Scripted/Operational",),
        "dns-client": ("Microsoft-Windows-DNS Client Events/Operational",),
        "dns-server": ("DNS Server",),
        "dns-server-analytic": ("Microsoft-Windows-DNS-Server/Analytical",),
        "dns-server-audit": ("Microsoft-Windows-DNS-Server/Audit",),
        "driver-framework": ("Microsoft-Windows-DriverFrameworks-UserMode/Operational",),
        "firewall-as": ("Microsoft-Windows-Windows Firewall With Advanced Security/Firewall",),
        "hyper-v-worker": ("Microsoft-Windows-Hyper-V-Worker",),
        "iis-configuration": ("Microsoft-IIS-Configuration/Operational",),
        "kernel-event-tracing": ("Microsoft-Windows-Kernel-EventTracing",),
        "kernel-shimengine": (
            "Microsoft-Windows-Kernel-ShimEngine/Operational",
            "Microsoft-Windows-Kernel-ShimEngine/Diagnostic",
        ),
        "ldap": ("Microsoft-Windows-LDAP-Client/Debug",),
        "ldap_debug": ("Microsoft-Windows-LDAP-Client/Debug",),
        "lsa-server": ("Microsoft-Windows-LSA/Operational",),
        "microsoft-servicebus-client": ("Microsoft-ServiceBus-Client",),
        "msexchange-management": ("MSExchange Management",),
        "ntfs": ("Microsoft-Windows-Ntfs/Operational",),
        "ntlm": ("Microsoft-Windows-NTLM/Operational",),
        "openssh": ("OpenSSH/Operational",),
        "powershell": _POWERSHELL,
        "powershell-classic": _CLASSIC,
        "printservice-admin": ("Microsoft-Windows-PrintService/Admin",),
        "printservice-operational": ("Microsoft-Windows-PrintService/Operational",),
        "security": ("Security",),
        "security-mitigations": (
            "Microsoft-Windows-Security-Mitigations/Kernel Mode",
            "Microsoft-Windows-Security-Mitigations/User Mode",
        ),
        "sense": ("Microsoft-Windows-SENSE/Operational",),
        "servicebus-client": ("Microsoft-ServiceBus-Client/Operational", "Microsoft-ServiceBus-Client/Admin"),
        "shell-core": ("Microsoft-Windows-Shell-Core/Operational",),
        "smbclient-connectivity": ("Microsoft-Windows-SmbClient/Connectivity",),
        "smbclient-security": ("Microsoft-Windows-SmbClient/Security",),
        "smbserver-connectivity": ("Microsoft-Windows-SMBServer/Connectivity",),
        "sysmon": (SYSMON,),
        "system": ("System",),
        "taskscheduler": ("Microsoft-Windows-TaskScheduler/Operational",),
        "terminalservices-localsessionmanager": ("Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",),
        "vhdmp": ("Microsoft-Windows-VHDMP/Operational",),
        "windefend": ("Microsoft-Windows-Windows Defender/Operational",),
        "wmi": ("Microsoft-Windows-WMI-Activity/Operational",),
    }
)
"""Service to the channels that it writes to."""


def _sysmon(*events: int) -> tuple[tuple[tuple[str, ...], tuple[int, ...]], ...]:
    return (((SYSMON,), events),)


WINDOWS_CATEGORIES: Mapping[str, tuple[tuple[tuple[str, ...], tuple[int, ...]], ...]] = MappingProxyType(
    {
        "clipboard_capture": _sysmon(24),
        "clipboard_change": _sysmon(24),
        "create_remote_thread": _sysmon(8),
        "create_stream_hash": _sysmon(15),
        "dns_query": _sysmon(22),
        "driver_load": _sysmon(6),
        "file_block": _sysmon(27, 28),
        "file_block_executable": _sysmon(27),
        "file_block_shredding": _sysmon(28),
        "file_change": _sysmon(2),
        "file_delete": _sysmon(23, 26),
        "file_delete_detected": _sysmon(26),
        "file_event": _sysmon(11),
        "file_executable_detected": _sysmon(29),
        "image_load": _sysmon(7),
        "network_connection": _sysmon(3),
        "pipe_created": _sysmon(17, 18),
        "process_access": _sysmon(10),
        "process_creation": (*_sysmon(1), (("Security",), (4688,))),
        "process_tampering": _sysmon(25),
        "process_termination": (*_sysmon(5), (("Security",), (4689,))),
        "ps_classic_provider_start": ((_CLASSIC, (600,)),),
        "ps_classic_script": ((_CLASSIC, (800,)),),
        "ps_classic_start": ((_CLASSIC, (400,)),),
        "ps_module": ((_POWERSHELL, (4103,)),),
        "ps_script": ((_POWERSHELL, (4104,)),),
        "raw_access_read": _sysmon(9),
        "raw_access_thread": _sysmon(9),
        "registry_add": _sysmon(12),
        "registry_delete": _sysmon(12),
        "registry_event": _sysmon(12, 13, 14),
        "registry_rename": _sysmon(14),
        "registry_set": _sysmon(13),
        "sysmon_error": _sysmon(255),
        "sysmon_status": _sysmon(4, 16),
        "wmi_event": _sysmon(19, 20, 21),
    }
)
"""Category to the channels and events that it means."""

REGISTRY_TYPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "registry_add": ("CreateKey",),
        "registry_delete": ("DeleteKey", "DeleteValue"),
    }
)
"""Category to the `EventType` that tells it from others of the same number."""

WINDOWS_PROVIDERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "file_access": ("Microsoft-Windows-Kernel-File",),
        "file_rename": ("Microsoft-Windows-Kernel-File",),
    }
)
"""Category to the providers that trace it."""

WINDOWS_SYSTEM: Mapping[str, str] = MappingProxyType(
    {
        "channel": "channel",
        "computer": "computer",
        "computername": "computer",
        "eventid": "eventid",
        "keywords": "keywords",
        "level": "level",
        "message": "message",
        "opcode": "opcode",
        "provider_name": "providername",
        "task": "task",
    }
)
"""Field to what it is called below `win.system`; all others are below `win.eventdata`."""

WINDOWS_4688: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "image": ("image", "newprocessname"),
        "parentimage": ("parentimage", "parentprocessname"),
        "processid": ("newprocessid", "processid"),
        "user": ("user", "subjectusername"),
        "logonid": ("logonid", "subjectlogonid"),
    }
)
"""Fields of process_creation to what Sysmon's event 1 and the security log's event 4688 call them."""

PROGRAMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "auth": (
            "sshd",
            "sshd-session",
            "su",
            "sudo",
            "login",
            "systemd-logind",
            "polkitd",
            "gdm-password]",
            "lightdm",
        ),
        "clamav": ("clamd", "freshclam", "clamav"),
        "cron": ("cron", "CRON", "crond", "anacron", "crontab"),
        "guacamole": ("guacd",),
        "sshd": ("sshd", "sshd-session"),
        "sudo": ("sudo",),
        "vsftpd": ("vsftpd",),
    }
)
"""Service of Linux to the programs that log for it."""

AUDITD: Mapping[str, str] = MappingProxyType(
    {
        "acct": "audit.acct",
        "comm": "audit.command",
        "cwd": "audit.cwd",
        "exe": "audit.exe",
        "key": "audit.key",
        "name": "audit.file.name",
        "syscall": "audit.syscall",
        "type": "audit.type",
        **{f"a{index}": f"audit.execve.a{index}" for index in range(8)},
        **{name: f"audit.{name}" for name in ("auid", "euid", "gid", "pid", "ppid", "success", "tty", "uid")},
    }
)
"""Fields of auditd to the names that its decoder gives them."""

WEB: Mapping[str, str] = MappingProxyType(
    {
        "c-ip": "srcip",
        "c-uri": "url",
        "c-uri-path": "url",
        "c-uri-query": "url",
        "c-useragent": "browser",
        "cs-method": "protocol",
        "cs-uri": "url",
        "cs-uri-query": "url",
        "cs-uri-stem": "url",
        "cs-user-agent": "browser",
        "sc-status": "id",
    }
)
"""Fields of web servers and proxies to the names that decoders of access logs give them."""

WEB_CATEGORIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "webserver": ("web-log",),
        "proxy": ("squid", "web-log"),
    }
)
"""Category to the types of decoders that read such logs."""

WEB_MARKS = ("cs-uri-query", "cs-uri-stem", "cs-uri", "c-uri", "c-uri-query", "cs-method", "cs-host")
"""Fields of W3C logs; an event that has one of them is of a web server or a proxy, whoever decoded it."""

PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "aws": "aws.",
        "gcp": "gcp.",
        "github": "github.",
        "m365": "office365.",
    }
)
"""Product to what a collector may have put in front of its fields."""

RENAMED: Mapping[str, str] = MappingProxyType({"user": "dstuser", "systemname": "system_name"})
"""Fields at the top of a JSON log that its decoder calls otherwise."""
