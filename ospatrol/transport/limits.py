"""How long a transport waits, how often it tries, and how fast it knocks."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds that hold for every connection of a run.

    Attributes:
        connect_s: Seconds until the host answers, its name looked up and all jump hosts passed.
        login_s: Seconds from then until the login is accepted.
        start_s: Seconds until a script runs, elevation included.
        attempts: How often a connection is tried in all, where the failure is a transient one.
        backoff_s: The pause before the second attempt; it doubles with each, give or take half.
        backoff_most_s: The longest pause.
        handshakes_per_s: How many logins may begin in a second; 0 for no limit.
        handshake_burst: How many may begin at once.
        keepalive_s: Seconds of silence after which the host is asked whether it is still there.
        keepalive_count: How many such questions may stay without answer.
    """

    connect_s: float = 15.0
    login_s: float = 15.0
    start_s: float = 30.0
    attempts: int = 3
    backoff_s: float = 0.5
    backoff_most_s: float = 8.0
    handshakes_per_s: float = 100.0
    handshake_burst: int = 100
    keepalive_s: float = 15.0
    keepalive_count: int = 3
