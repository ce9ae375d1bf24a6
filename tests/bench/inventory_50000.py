"""How long an inventory of 50,000 hosts takes to load, and how much longer `ansible-inventory` takes for 5,000.

Run: python tests/bench/inventory_50000.py [HOSTS]
The inventories are seeded: every run makes the same ones.
"""

import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ospatrol.inventory.inventory import load_inventory

SEED = 4711
GROUP_SIZE = 250
PEER_HOSTS = 5_000


def make_ini(hosts):
    """Hosts with two variables each, in groups with variables and parents."""
    chance = random.Random(SEED)
    lines = []
    groups = max(1, hosts // GROUP_SIZE)
    for group in range(groups):
        lines.append(f"[rack{group}]")
        for number in range(GROUP_SIZE):
            address = f"10.{group % 256}.{number}.{chance.randrange(1, 255)}"
            lines.append(f"host-{group:03}-{number:03}.example.com ansible_host={address} unit={chance.randrange(48)}")
        lines += [f"[rack{group}:vars]", f"rack={group}", f"row={group // 10}", 'ntp=\'["a", "b"]\'']
    lines += ["[site:children]", *(f"rack{group}" for group in range(groups))]
    return "\n".join([*lines, "[all:vars]", "ansible_user=patrol", ""])


def make_yaml(hosts):
    """The same in YAML."""
    chance = random.Random(SEED)
    lines = ["all:", "  vars: {ansible_user: patrol}", "  children:", "    site:", "      children:"]
    for group in range(max(1, hosts // GROUP_SIZE)):
        lines += [f"        rack{group}:", f"          vars: {{rack: {group}, row: {group // 10}, ntp: [a, b]}}"]
        lines.append("          hosts:")
        for number in range(GROUP_SIZE):
            lines.append(f"            host-{group:03}-{number:03}.example.com:")
            lines.append(f"              ansible_host: 10.{group % 256}.{number}.{chance.randrange(1, 255)}")
            lines.append(f"              unit: {chance.randrange(48)}")
    return "\n".join([*lines, ""])


def seconds(work):
    """Wall time of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main():
    """Print seconds, and the ratio to the peer, as one JSON object."""
    hosts = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    result = {"hosts": hosts, "peer_hosts": PEER_HOSTS}
    with tempfile.TemporaryDirectory() as folder:
        for suffix, make in ((".ini", make_ini), (".yml", make_yaml)):
            large, small = Path(folder, f"large{suffix}"), Path(folder, f"small{suffix}")
            large.write_text(make(hosts))
            small.write_text(make(PEER_HOSTS))
            result |= measure(suffix[1:], str(large))
            result |= compare(suffix[1:], small)
    print(json.dumps(result, indent=2))


def measure(form, path):
    """Loading, loading and listing, and finding out how every host is reached."""
    load_s = seconds(lambda: load_inventory([path]))
    json_s = seconds(lambda: load_inventory([path]).listed())
    inventory = load_inventory([path])
    targets_s = seconds(lambda: [inventory.target(host) for host in inventory.hosts])
    figures = {"load": load_s, "load_and_list": json_s, "targets": targets_s}
    return {f"{form}_{name}_s": round(value, 2) for name, value in figures.items()}


def compare(form, path):
    """The whole command against the peer's whole command, on the same file."""
    peer = shutil.which("ansible-inventory", path=str(Path(sys.executable).parent)) or shutil.which("ansible-inventory")
    if peer is None:
        return {}
    ours = [sys.executable, "-m", "ospatrol.cli.main", "inventory", "list", "--json", "-i", str(path)]
    theirs = [peer, "--list", "-i", str(path)]
    own = seconds(lambda: subprocess.run(ours, check=True, stdout=subprocess.DEVNULL))
    others = seconds(lambda: subprocess.run(theirs, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    return {f"{form}_own_s": round(own, 2), f"{form}_peer_s": round(others, 2), f"{form}_ratio": round(others / own, 1)}


if __name__ == "__main__":
    main()
