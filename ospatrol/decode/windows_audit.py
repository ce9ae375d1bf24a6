"""Names of Windows' audit categories, by the ids that event logs show."""

from __future__ import annotations

CATEGORIES = {
    "8272": "System",
    "8273": "Logon/Logoff",
    "8274": "Object Access",
    "8275": "Privilege Use",
    "8276": "Detailed Tracking",
    "8277": "Policy Change",
    "8278": "Account Management",
    "8279": "DS Access",
    "8280": "Account Logon",
}

_SUBCATEGORIES = {
    12288: (
        "Security State Change",
        "Security System Extension",
        "System Integrity",
        "IPsec Driver",
        "Other System Events",
    ),
    12544: (
        "Logon",
        "Logoff",
        "Account Lockout",
        "IPsec Main Mode",
        "Special Logon",
        "IPSec Extended Mode",
        "IPSec Quick Mode",
        "Other Logon/Logoff Events",
        "Network Policy Server",
        "User/Device Claims",
        "Group Membership",
    ),
    12800: (
        "File System",
        "Registry",
        "Kernel Object",
        "SAM",
        "Other Object Access Events",
        "Certification Services",
        "Application Generated",
        "Handle Manipulation",
        "File Share",
        "Filtering Platform Packet Drop",
        "Filtering Platform Connection",
        "Detailed File Share",
        "Removable Storage",
        "Central Policy Staging",
    ),
    13056: ("Sensitive Privilege Use", "Non Sensitive Privilege Use", "Other Privilege Use Events"),
    13312: (
        "Process Creation",
        "Process Termination",
        "DPAPI Activity",
        "RPC Events",
        "Plug and Play Events",
        "Token Right Adjusted Events",
    ),
    13568: (
        "Audit Policy Change",
        "Authentication Policy Change",
        "Authorization Policy Change",
        "MPSSVC Rule-Level Policy Change",
        "Filtering Platform Policy Change",
        "Other Policy Change Events",
    ),
    13824: (
        "User Account Management",
        "Computer Account Management",
        "Security Group Management",
        "Distribution Group Management",
        "Application Group Management",
        "Other Account Management Events",
    ),
    14080: (
        "Directory Service Access",
        "Directory Service Changes",
        "Directory Service Replication",
        "Detailed Directory Service Replication",
    ),
    14336: (
        "Credential Validation",
        "Kerberos Service Ticket Operations",
        "Other Account Logon Events",
        "Kerberos Authentication Service",
    ),
}
SUBCATEGORIES = {
    str(first + number): name for first, names in _SUBCATEGORIES.items() for number, name in enumerate(names)
}

POLICY_CHANGES = {
    "8448": "Success removed",
    "8449": "Success added",
    "8450": "Failure removed",
    "8451": "Failure added",
}
