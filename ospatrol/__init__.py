"""OSPatrol: agentless-first host intrusion detection and compliance over SSH."""

__version__ = "0.1.0"
