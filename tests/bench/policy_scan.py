"""The facts of a policy from one host and from a fleet, over loopback SSH: channels, wall time, CPU of the controller.

    python tests/bench/policy_scan.py POLICY.yml [--hosts 100] [--together 40]

The servers share this machine's cores with the controller. So the rate of a fleet is told twice: as it came, and as
what the controller's own CPU time allows.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parent))

from loopback import Fleet

from ospatrol.collect.facts import collect_facts
from ospatrol.collect.facts_dialogue import FACTS_SCRIPT
from ospatrol.model.facts import Ask, Facts, Question
from ospatrol.model.host import Target
from ospatrol.transport.host_connection import Rules
from ospatrol.transport.host_keys import HostKeys
from ospatrol.transport.policy import CommandPolicy
from ospatrol.transport.ssh import SshTransport

_RULE = re.compile(r"(?:not )?([fdcp]):(.*)", re.DOTALL)
_ASKS = {"f": Ask.FILE, "d": Ask.DIRECTORY, "c": Ask.COMMAND}


def questions_of(policy: Path) -> tuple[int, list[Question]]:
    """How many checks an SCA policy has, and what they ask."""
    checks = yaml.safe_load(policy.read_text())["checks"]
    questions = []
    for rule in (rule for check in checks for rule in check["rules"]):
        match = _RULE.match(rule)
        if match is None or match[1] == "p":
            questions.append(Question(Ask.PROCESSES))
            continue
        place = match[2].split(" -> ")[0]
        places = [place] if match[1] == "c" else place.split(",")
        questions += [Question(_ASKS[match[1]], each) for each in places]
    return len(checks), questions


def below(facts: Facts) -> list[Question]:
    """The files of all directories."""
    return [Question(Ask.FILE, path) for answer in facts.answers.values() for path in answer.entries]


def cpu_s() -> float:
    """CPU seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def target_of(port: int, folder: Path) -> Target:
    """A server of a fleet whose keys are in a folder."""
    options = {
        "configfile": "none",
        "userknownhostsfile": str(folder / "known_hosts"),
        "globalknownhostsfile": "none",
        "identityagent": "none",
    }
    return Target(
        host=f"h{port}",
        address="127.0.0.1",
        port=port,
        user=getpass.getuser(),
        key_files=(str(folder / "client"),),
        ssh_options=options,
    )


async def scan(fleet: Fleet, folder: Path, questions: list[Question], together: int) -> tuple[list[Facts], int]:
    """Facts of every host, and how many channels were opened for them."""
    sent = []
    transport = SshTransport(Rules(policies=(CommandPolicy.of((FACTS_SCRIPT,)),), record=sent.append), HostKeys())
    free = asyncio.Semaphore(together)

    async def one(port: int) -> Facts:
        async with free, transport.open(target_of(port, folder)) as connection:
            return await collect_facts(connection, questions, follow_up=below)

    try:
        return list(await asyncio.gather(*map(one, fleet.ports))), len(sent)
    finally:
        await transport.close()


def measure(fleet: Fleet, folder: Path, questions: list[Question], together: int) -> None:
    """Scan once and say what it cost."""
    hosts = len(fleet.ports)
    started, before = time.perf_counter(), cpu_s()
    facts, channels = asyncio.run(scan(fleet, folder, questions, together))
    wall_s, ours_s = time.perf_counter() - started, cpu_s() - before
    states = Counter(answer.state.value for answer in facts[0].answers.values())
    print(
        f"{hosts} hosts: {channels / hosts:.0f} channels a host, {wall_s:.2f} s wall, {hosts / wall_s:.1f} hosts/s "
        f"as it came, {ours_s / hosts * 1000:.1f} ms controller CPU a host ({hosts / ours_s:.0f} hosts/s), "
        f"{len(facts[0].answers)} answers a host {dict(states)}",
        flush=True,
    )


def main() -> None:
    """Measure one host, then a fleet."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("policy", type=Path)
    options.add_argument("--hosts", type=int, default=100)
    options.add_argument("--together", type=int, default=40)
    given = options.parse_args()
    checks, questions = questions_of(given.policy)
    print(f"{given.policy.name}: {checks} checks, {len(questions)} rules, {len(set(questions))} different questions")
    with tempfile.TemporaryDirectory(prefix="ospatrol-bench-") as name:
        folder = Path(name)
        with Fleet(folder, 1, 1) as fleet:
            measure(fleet, folder, questions, 1)
            measure(fleet, folder, questions, 1)
        with Fleet(folder, given.hosts, 1) as fleet:
            measure(fleet, folder, questions, given.together)


if __name__ == "__main__":
    main()
