"""The checks of a benchmark that both know, on this machine: `oscap xccdf eval`, and ours over loopback SSH, in turns.

    python tests/bench/oscap.py POLICY.yml PAIRS.json [--content ssg-debian11-ds.xml] [--rounds 7]

PAIRS.json is a list of {"cis": section, "ssg_rules": [names]}. What is compared are the sections of which the
policy has a check and the content a rule: oscap evaluates those rules, ours those checks.

The content comes from Debian's package `ssg-debian`. That of Debian 12 (0.1.65) holds Debian 11's content at most, and
few of the rules of the CIS benchmark; those of 13 and sid (0.1.76 and 0.1.82) hold `ssg-debian12-ds.xml` with the
CIS profile. It need not be installed: `dpkg-deb -x ssg-debian_*.deb FOLDER`, then
`--content FOLDER/usr/share/xml/scap/ssg/content/ssg-debian12-ds.xml`. The content's platform is taken out, as else
nothing would be evaluated on another release.

oscap is a process a host, so that its start and the reading of its content count; ours is a login, one script and the
verdicts, as in a fleet: the program and its policies are loaded once for all hosts. CPU is told with and without what
the host's own side (sshd, sh and all they start) takes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec

sys.path.insert(0, str(Path(__file__).parent))

from loopback import Fleet
from policy_scan import cpu_s, target_of

from ospatrol.collect.facts import collect_facts
from ospatrol.collect.facts_dialogue import FACTS_SCRIPT
from ospatrol.comply.judge import judge
from ospatrol.comply.questions import follow_up, questions_of
from ospatrol.dialect.sca import read_sca
from ospatrol.model.policy import Policy, Verdict
from ospatrol.transport.host_connection import Rules
from ospatrol.transport.host_keys import HostKeys
from ospatrol.transport.policy import CommandPolicy
from ospatrol.transport.ssh import SshTransport

_RULE = re.compile(r'<xccdf-1\.2:Rule [^>]*id="xccdf_org\.ssgproject\.content_rule_([^"]+)"')
_GROUP = re.compile(r'<xccdf-1\.2:Group [^>]*id="([^"]+)"')
_PLATFORM = re.compile(r'<xccdf-1\.2:platform idref="[^"]*"/>')
_PROFILE = "xccdf_ospatrol_profile_pairs"
_TAILORING = """<?xml version="1.0" encoding="UTF-8"?>
<xccdf:Tailoring xmlns:xccdf="http://checklists.nist.gov/xccdf/1.2" id="xccdf_ospatrol_tailoring_pairs">
<xccdf:benchmark href="content.xml"/>
<xccdf:version time="2026-01-01T00:00:00">1</xccdf:version>
<xccdf:Profile id="{profile}">
<xccdf:title>Pairs</xccdf:title>
{selected}
</xccdf:Profile>
</xccdf:Tailoring>
"""


class Cost(NamedTuple):
    """What one evaluation of one host took, in seconds."""

    wall: float
    cpu: float
    host_cpu: float = 0.0


def prepare(content: Path, pairs: Mapping[str, list[str]], folder: Path) -> list[str]:
    """Content and tailoring for oscap in a folder; the sections that it has rules for."""
    text = _PLATFORM.sub("", content.read_text())
    (folder / "content.xml").write_text(text)
    known = set(_RULE.findall(text))
    found = {section: [name for name in names if name in known] for section, names in pairs.items()}
    rules = sorted({name for names in found.values() for name in names})
    wanted = [*sorted(set(_GROUP.findall(text))), *(f"xccdf_org.ssgproject.content_rule_{name}" for name in rules)]
    lines = "\n".join(f'<xccdf:select idref="{each}" selected="true"/>' for each in wanted)
    (folder / "tailoring.xml").write_text(_TAILORING.format(profile=_PROFILE, selected=lines))
    print(f"oscap: {len(rules)} rules for {sum(map(bool, found.values()))} sections")
    return [section for section, names in found.items() if names]


def oscap(folder: Path) -> Cost:
    """One evaluation by oscap."""
    command = ["oscap", "xccdf", "eval", "--tailoring-file", "tailoring.xml", "--profile", _PROFILE, "content.xml"]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if "Result" not in done.stdout:
        raise SystemExit(f"oscap evaluated nothing: {done.stderr[-500:]}")
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


async def ours(fleet: Fleet, folder: Path, policy: Policy, verdicts: list[Verdict]) -> None:
    """One evaluation by ours: login, facts, verdict. A result of its own would be printed by asyncio, for nobody."""
    transport = SshTransport(Rules(policies=(CommandPolicy.of((FACTS_SCRIPT,)),)), HostKeys())
    try:
        async with transport.open(target_of(fleet.ports[0], folder)) as connection:
            facts = await collect_facts(
                connection, questions_of([policy]), follow_up=lambda facts: follow_up([policy], facts)
            )
        verdicts.append(judge(policy, facts))
    finally:
        await transport.close()


def measured(fleet: Fleet, folder: Path, policy: Policy) -> Cost:
    """What one evaluation by ours took."""
    verdicts: list[Verdict] = []
    fleet.await_idle()
    host, here, started = fleet.server_cpu_s, cpu_s(), time.perf_counter()
    asyncio.run(ours(fleet, folder, policy, verdicts))
    wall, here = time.perf_counter() - started, cpu_s() - here
    fleet.await_idle()
    if len(verdicts[0].findings) != len(policy.checks):
        raise SystemExit("a check has no finding")
    return Cost(wall, here, fleet.server_cpu_s - host)


def part_of(policy: Policy, sections: list[str]) -> Policy:
    """The checks of some sections."""
    wanted = set(sections)
    checks = tuple(check for check in policy.checks if wanted & set(check.compliance.get("cis", ())))
    return msgspec.structs.replace(policy, checks=checks, requirement=None)


def main() -> None:
    """Measure both in turns, and tell the best and the median of each."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("policy", type=Path)
    options.add_argument("pairs", type=Path)
    options.add_argument("--content", type=Path, default=Path("/usr/share/xml/scap/ssg/content/ssg-debian11-ds.xml"))
    options.add_argument("--rounds", type=int, default=7)
    given = options.parse_args()
    if not shutil.which("oscap") or not given.content.exists():
        raise SystemExit("it needs the packages openscap-scanner and ssg-debian")
    pairs = {str(pair["cis"]): list(pair["ssg_rules"]) for pair in json.loads(given.pairs.read_text())}
    whole = read_sca(given.policy.read_text(), str(given.policy)).policy
    if whole is None:
        raise SystemExit(f"{given.policy}: cannot be used")
    with tempfile.TemporaryDirectory(prefix="ospatrol-bench-") as name, Fleet(Path(name), 1, 1) as fleet:
        folder = Path(name)
        ours_too = {section for check in whole.checks for section in check.compliance.get("cis", ())}
        both = {section: rules for section, rules in pairs.items() if section in ours_too}
        policy = part_of(whole, prepare(given.content, both, folder))
        print(f"ours: {len(policy.checks)} checks, {len(set(questions_of([policy])))} questions")
        rounds = [(oscap(folder), measured(fleet, folder, policy)) for _ in range(given.rounds)]
    theirs = [each for each, _ in rounds]
    mine = [each for _, each in rounds]
    for word, of in (("best", min), ("median", median)):
        wall, cpu = of(each.wall for each in theirs), of(each.cpu for each in theirs)
        our_wall, here = of(each.wall for each in mine), of(each.cpu for each in mine)
        host = of(each.host_cpu for each in mine)
        print(f"{word}: oscap {wall:.2f} s wall, {cpu:.2f} s CPU of the host")
        print(f"{word}: ours {our_wall:.3f} s wall, {here * 1000:.0f} ms CPU here, {host * 1000:.0f} ms of the host's")
        print(
            f"{word}: ratio {wall / our_wall:.1f} wall, {cpu / (here + host):.1f} CPU, {cpu / host:.1f} of the host's"
        )


if __name__ == "__main__":
    main()
