"""Logs to measure the rule engine with: real lines whose addresses, users, ports, pids and times are drawn anew.

No two lines are alike, so that no cache of whole lines helps. The real lines are read from the shared corpus.

    python tests/bench/log_corpora.py FOLDER [LINES]
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

SHARED = Path(__file__).parents[3] / "shared" / "corpus"
_SYSLOG = SHARED / "devices" / "syslog"
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
_STAMP = re.compile(r"^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d")
_APACHE = re.compile(r"^\[[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \d{4}\]")
_PID = re.compile(r"(?<=\[)\d{2,6}(?=\])")
_PORT = re.compile(r"(?<=port )\d+|(?<=\d[/:])\d{4,5}\b")
_USER = re.compile(r"(?<=user )[a-z][a-z0-9_]*|(?<=for )[a-z][a-z0-9_]*(?= from)|(?<=user=)[a-z]\w*")
_CLOCK = re.compile(r"(?<=[ :])\d\d:\d\d:\d\d(?=[ .])")
_USERS = ("root", "admin", "oracle", "alice", "bob", "deploy", "www", "backup", "git", "jenkins", "ubuntu", "postgres")

Corpus = Callable[[], Sequence[str]]


def _log(*names: str) -> list[str]:
    return [
        line
        for name in names
        for path in sorted((_SYSLOG / "loghub" / name).glob("*.log"))
        for line in path.read_text("utf-8", "replace").splitlines()
        if line.strip()
    ]


def _pairs(*names: str) -> list[str]:
    return [
        json.loads(line)["raw"]
        for name in names
        for line in (_SYSLOG / "pairs" / f"{name}.jsonl").read_text("utf-8").splitlines()
    ]


def _tests(dialect: str) -> list[str]:
    said = json.loads((SHARED / dialect / "expected.json").read_text("utf-8"))
    if dialect == "ossec":
        return [case["log"] for case in said["cases"]]
    return [log for case in said for log in case["logs"]]


def _asa() -> list[str]:
    return [re.sub(r"^<\d+>", "", line) for line in _pairs("beats_cisco_asa") if "%ASA-" in line]


def _json() -> list[str]:
    return [line for line in _tests("wazuh") if line.startswith("{") and len(line) > 700]


def _short() -> list[str]:
    return [line for line in _tests("wazuh") if len(line) < 400]


CORPORA: dict[str, Corpus] = {
    "mixed": lambda: [*_log("OpenSSH")[:700], *_log("Linux")[:700], *_log("Apache")[:700], *_tests("ossec")],
    "sshd": lambda: _log("OpenSSH"),
    "linux": lambda: _log("Linux"),
    "mac": lambda: _log("Mac"),
    "asa": _asa,
    "apache": lambda: _log("Apache"),
    "short": _short,
    "json": _json,
}


def lines_of(name: str, count: int, seed: int = 1) -> Iterator[str]:
    """So many unique lines of a corpus."""
    templates = CORPORA[name]()
    draw = random.Random(seed)
    for number in range(count):
        yield vary(templates[draw.randrange(len(templates))], number, draw)


def vary(line: str, number: int, draw: random.Random) -> str:
    """A line like another, with its own time, addresses, user, port and pid."""
    clock = f"{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}"
    line = _STAMP.sub(f"Nov 22 {clock}", line)
    line = _APACHE.sub(f"[Sun Nov 22 {clock} 2026]", line)
    line = _CLOCK.sub(clock, line, count=1)
    line = _ADDRESS.sub(lambda _: ".".join(str(draw.randrange(1, 255)) for _ in range(4)), line)
    line = _PID.sub(lambda _: str(draw.randrange(100, 99999)), line)
    line = _PORT.sub(lambda _: str(draw.randrange(1024, 65535)), line)
    return _USER.sub(lambda _: f"{draw.choice(_USERS)}{draw.randrange(1000)}", line)


def main() -> None:
    """Write every corpus into a folder."""
    folder = Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
    folder.mkdir(parents=True, exist_ok=True)
    for name in CORPORA:
        size = count // 5 if name == "json" else count
        (folder / f"{name}.log").write_text("".join(f"{line}\n" for line in lines_of(name, size)), "utf-8")
        print(f"{folder / name}.log: {size:,} lines")


if __name__ == "__main__":
    main()
