"""What the original programs printed for real lines, and how real rsyslogd and syslog-ng read real datagrams."""

import json
import os
import re
from pathlib import Path

import pytest

from ospatrol.decode.header import read_header
from ospatrol.model.decoder import Semantics

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"
THERE = CORPUS.is_dir()

SERVER = "vm"
"""The machine on which the original ran; it stands where a line names no host."""

DELIBERATE = {
    # rsyslog and syslog-ng agree on another reading; ours, and why
    "a Cisco mnemonic stays in the log, sequence number and inner stamp do not": re.compile(r"%[A-Z][^ :]*-[0-7]-"),
    "key=value is no program": re.compile(r"<\d+>\w{3} +\d+ [\d:]+ \S+ \w+="),
    "a level of VMware or F5 is neither host nor program": re.compile(r" (?:info|warning|notice) \w+\["),
    "a number behind a stamp is no host": re.compile(r"<\d+>\S+Z \d+ "),
}


def latin(text):
    return text.encode().decode("latin-1")


def read_corpus(name):
    path = CORPUS / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_the_corpus_is_there():
    if not THERE and os.environ.get("CI") != "true":
        pytest.skip("../shared/corpus is not beside this repository")

    assert THERE


@pytest.mark.skipif(not THERE, reason="../shared/corpus is not beside this repository")
def test_ossec_headers_are_read_as_ossec_read_them():
    compared = 0
    for case in json.loads(read_corpus("ossec/expected.json"))["cases"]:
        for actual in case["actual"].values():
            expected = actual["predecode"]
            log, hostname, program, _ = read_header(latin(case["log_as_run"]), Semantics.OSSEC)
            assert (log, hostname or SERVER, program) == (
                latin(expected["log"]),
                expected["hostname"],
                expected["program_name"],
            )
            compared += 1

    assert compared > 300


@pytest.mark.skipif(not THERE, reason="../shared/corpus is not beside this repository")
def test_wazuh_headers_are_read_as_wazuh_read_them():
    compared = 0
    for case in json.loads(read_corpus("wazuh/expected.json")):
        for line, event in zip(case["logs"], case["events"], strict=True):
            expected = event.get("predecoder") or {}
            _, hostname, program, stamp = read_header(latin(line), Semantics.WAZUH)
            assert (program, stamp) == (expected.get("program_name"), expected.get("timestamp", ""))
            # its output shows the word behind a stamp of RFC 3164, whether or not it is a host's name
            assert hostname is None or expected.get("hostname", hostname) == hostname
            compared += 1

    assert compared > 900


@pytest.mark.skipif(not THERE, reason="../shared/corpus is not beside this repository")
def test_our_own_headers_are_read_as_rsyslog_and_syslog_ng_read_them():
    agreed, reasons = 0, dict.fromkeys(DELIBERATE, 0)
    for row in map(json.loads, read_corpus("devices/syslog/oracle-parse/agreed.jsonl").splitlines()):
        expected = row["expected"]
        if not row["strong"]:
            continue
        log, hostname, program, _ = read_header(latin(row["raw"]), Semantics.NATIVE)
        if (log, hostname, program) == (latin(expected["message"]), expected["host"], expected["program"] or None):
            agreed += 1
            continue
        reason = next((why for why, looks in DELIBERATE.items() if looks.search(row["raw"])), None)
        assert reason, row["raw"]
        reasons[reason] += 1

    assert agreed >= 330
    assert all(reasons.values())
