from __future__ import annotations

import pytest

from ospatrol.integrity.config_patterns import patterns_of
from tests.integrity.config_ready import CORPUS, need_corpus, platforms, ready

SYSLOG = CORPUS.parent / "syslog" / "napalm-logs"


def _who(platform: str, line: str) -> str | None:
    """Who changed the configuration, as a log message says; None if the profile does not know it."""
    for pattern in patterns_of(ready(platform).profile.syslog):
        texts = pattern.texts(line)
        if texts is not None:
            return " ".join(texts)
    return None


@pytest.mark.parametrize(
    ("platform", "path", "who"),
    [
        ("ios", "ios/USER_EXIT_CONFIG_MODE/default", "admin"),
        ("ios", "ios/USER_EXIT_CONFIG_MODE/message_with_timezone", "admin"),
        ("eos", "eos/USER_EXIT_CONFIG_MODE/default", "admin"),
        ("eos", "eos/USER_WRITE_CONFIG/default", "admin"),
        ("iosxr", "iosxr/CONFIGURATION_COMMIT_COMPLETED/default", "vagrant"),
        ("junos", "junos/CONFIGURATION_COMMIT_REQUESTED/default", "luke"),
        ("junos", "junos/CONFIGURATION_COMMIT_COMPLETED/default", ""),
    ],
)
def test_a_change_is_known_by_its_log_message(platform: str, path: str, who: str) -> None:
    need_corpus()

    assert _who(platform, (SYSLOG / path / "syslog.msg").read_text().strip()) == who


@pytest.mark.parametrize(
    ("platform", "line", "who"),
    [
        (
            "nxos",
            "2026 Jan  5 10:00:00 sw %VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty by ann on 192.0.2.1@pts/0",
            "ann",
        ),
        ("asa", "%ASA-5-111008: User 'ann' executed the 'hostname x' command.", "ann"),
        ("asa", "%ASA-5-111010: User 'ann', running 'CLI' from IP 192.0.2.1, executed 'hostname x'", "ann"),
        ("vyos", "vyos commit: Successful change to active configuration by user vyos on /dev/pts/0", "vyos"),
        ("routeros", "system,info user ann changed by admin", "admin"),
    ],
)
def test_messages_as_vendors_document_them_are_known(platform: str, line: str, who: str) -> None:
    assert _who(platform, line) == who


@pytest.mark.parametrize("platform", platforms())
def test_every_platform_says_how_it_announces_a_change_and_takes_no_other_line_for_one(platform: str) -> None:
    assert ready(platform).profile.syslog
    for line in ("%LINK-3-UPDOWN: Interface Gi0/1, changed state to up", "sshd[1]: Accepted password for ann"):
        assert _who(platform, line) is None
