"""What the simulated ESXi host says of itself before anything happens to it; written by hand."""

from __future__ import annotations

from tests.esxi.printed import csv_of, options_of

SERVICES = (("DCUI", "Direct Console UI", "true", "on"), ("TSM", "ESXi Shell", "false", "off"),
            ("TSM-SSH", "SSH", "true", "on"), ("ntpd", "NTP Daemon", "true", "on"))  # fmt: skip
SETTINGS = {
    "Security.AccountLockFailures": "5",
    "Security.PasswordHistory": "5",
    "UserVars.ESXiShellTimeOut": "(long) 600",
    "Annotations.WelcomeMessage": '"Property of Example; \\"no\\" entry"',
    "UserVars.HostPassword": '"hunter2"',
}
TABLES: dict[str, list[dict[str, str]]] = {
    "system version get": [
        {"Product": "VMware ESXi", "Version": "8.0.3", "Build": "Releasebuild-24022510", "Update": "3", "Patch": "35"}
    ],
    "storage filesystem list": [
        {"MountPoint": "/vmfs/volumes/65f0c0de", "VolumeName": "datastore1", "Mounted": "true",
         "UUID": "65f0c0de", "Type": "VMFS-6", "Size": "120259084288", "Free": "118748135424"}
    ],
    "network vswitch standard list": [
        {"Name": "vSwitch0", "Class": "cswitch", "NumPorts": "2560", "UsedPorts": "4", "MTU": "1500",
         "CDPStatus": "listen", "Uplinks": "vmnic0,", "Portgroups": "VM Network,Management Network,"}
    ],
    "network vswitch standard portgroup list": [
        {"Name": "Management Network", "VirtualSwitch": "vSwitch0", "ActiveClients": "1", "VLANID": "10"},
        {"Name": "VM Network", "VirtualSwitch": "vSwitch0", "ActiveClients": "2", "VLANID": "20"},
    ],
    "network ip interface ipv4 get": [
        {"Name": "vmk0", "IPv4Address": "192.0.2.10", "IPv4Netmask": "255.255.255.0", "IPv4Broadcast": "192.0.2.255",
         "AddressType": "STATIC", "Gateway": "192.0.2.1", "DHCPDNS": "false"}
    ],
    "network ip dns server list": [{"DNSServers": "192.0.2.53,192.0.2.54,"}],
    "system account list": [
        {"UserID": "root", "Description": "Administrator", "ShellAccess": "true"},
        {"UserID": "dcui", "Description": "DCUI User", "ShellAccess": "false"},
    ],
    "system permission list": [
        {"Principal": "root", "IsGroup": "false", "Role": "Admin", "RoleDescription": "Full access rights"},
        {"Principal": "dcui", "IsGroup": "false", "Role": "Admin", "RoleDescription": "Full access rights"},
    ],
    "system settings kernel list": [
        {"Name": "execInstalledOnly", "Type": "Bool", "Configured": "TRUE", "Runtime": "TRUE", "Default": "TRUE",
         "Description": "Run only programs that came in a package."}
    ],
    "software vib list": [
        {"Name": "esx-base", "Version": "8.0.3-0.35.24022510", "Vendor": "VMware", "AcceptanceLevel": "VMwareCertified",
         "InstallDate": "2026-01-07", "ID": "VMware_bootbank_esx-base_8.0.3-0.35.24022510"}
    ],
    "network firewall get": [{"DefaultAction": "DROP", "Enabled": "true", "Loaded": "true"}],
    "network firewall ruleset list": [{"Name": "sshServer", "Enabled": "true"}, {"Name": "CIMSLP", "Enabled": "false"}],
    "network firewall ruleset allowedip list": [
        {"Ruleset": "sshServer", "AllowedIPAddresses": "192.0.2.0/24"},
        {"Ruleset": "CIMSLP", "AllowedIPAddresses": "All"},
    ],
    "system syslog config get": [
        {"RemoteHost": "ssl://log.example.net:6514", "LogLevel": "info", "LocalLogOutput": "/scratch/log",
         "LocalLogOutputIsPersistent": "true", "EnforceSSLCertificates": "true", "StrictX509Compliance": "true"}
    ],
    "system ntp get": [
        {"Enabled": "true", "Loglevel": "warning", "PID": "2100345", "RuntimeSeconds": "86012",
         "Servers": "ntp1.example.net,ntp2.example.net,"}
    ],
}  # fmt: skip
POLICY = {"AllowForgedTransmits": "false", "AllowMACAddressChange": "false", "AllowPromiscuous": "false"}
SUMMARY = """(vim.host.Summary) {
   host = 'vim.HostSystem:ha-host',
   hardware = (vim.host.Summary.HardwareSummary) {
      vendor = "Example",
      model = "Server 1",
      uuid = "4c4c4544-0032-4d10-8051-b4c04f4a3132",
      memorySize = 8589328384,
      cpuModel = "Example CPU         ",
      numCpuPkgs = 1,
      numCpuCores = 8
   },
   runtime = (vim.host.RuntimeInfo) {
      connectionState = "connected",
      inMaintenanceMode = MAINTENANCE,
   },
   quickStats = (vim.host.Summary.QuickStats) {
      uptime = 72306
   },
}
"""


def host_config(services: tuple[tuple[str, str, str, str], ...] = SERVICES, lockdown: str = "lockdownNormal") -> str:
    """`vim-cmd hostsvc/hostconfig`, as much of it as is read."""
    listed = ",\n".join(
        f"""         (vim.host.Service) {{
            key = "{key}",
            label = "{label}",
            running = {running},
            ruleset = (string) [],
            policy = "{policy}",
         }}"""
        for key, label, running, policy in services
    )
    return f"""(vim.host.ConfigInfo) {{
   host = 'vim.HostSystem:ha-host',
   service = (vim.host.ServiceInfo) {{
      service = (vim.host.Service) [
{listed}
      ]
   }},
   lockdownMode = "{lockdown}",
}}
"""


def recordings() -> dict[str, str]:
    """Each command with what it prints."""
    csv = "esxcli --formatter=csv"
    said = {f"{csv} {words}": csv_of(rows) for words, rows in TABLES.items()}
    said[f"{csv} network vswitch standard policy security get -v vSwitch0"] = csv_of([POLICY])
    for row in TABLES["network vswitch standard portgroup list"]:
        said[f"{csv} network vswitch standard portgroup policy security get -p {row['Name']}"] = csv_of([POLICY])
    said["esxcli software acceptance get"] = "PartnerSupported\n"
    said["vim-cmd hostsvc/hostsummary"] = SUMMARY.replace("MAINTENANCE", "false")
    said["vim-cmd hostsvc/hostconfig"] = host_config()
    said["vim-cmd hostsvc/advopt/settings"] = options_of(SETTINGS)
    said["vmware -v"] = "VMware ESXi 8.0.3 build-24022510\n"
    return said
