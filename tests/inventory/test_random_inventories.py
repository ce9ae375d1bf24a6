"""Random inventories, seeded, against `ansible-inventory`: the same files must give the same JSON."""

import json
import random
from pathlib import Path

import pytest

from ospatrol.inventory.inventory import load_inventory

SEEDS = range(60)

VALUES = [
    "1",
    "0",
    "-5",
    "1.5",
    "True",
    "no",
    "None",
    "text",
    "two words",
    "'quoted'",
    '"double"',
    "[1, 2, 'x']",
    "{'a': 1, 'b': [True, None]}",
    "{{ other }}",
    "{{ groups['all'] | join(',') }}",
    "10.0.0.1",
    "0755",
    "1_000",
    "1e3",
    "0x1f",
    "a=b",
    "C:\\dir",
    "http://x.y/z?q=1&r=2",
    "",
    "ü ñ",
    "x # y",
    "(1, 2)",
    "~/.ssh/id",
    "008",
    "3.10",
]
VARIABLES = ["v0", "v1", "v2", "ansible_user", "ansible_host", "http_port", "nested"]


class Maker:
    """Makes one random inventory."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        # in this order a group can only get later ones as children: no loops
        self.groups = [f"g{number}" for number in range(self.random.randint(1, 7))]
        if self.random.random() < 0.2:
            self.groups.append("odd-group.name")
        self.hosts = [f"h{number}" for number in range(self.random.randint(1, 9))]
        self.hosts += self.random.sample(["web[1:3]", "db-[a:c].x", "n[08:12:2]", "x:2222", "[::1]:22", "localhost"], 2)

    def some(self, items, limit=3):
        return self.random.sample(items, min(len(items), self.random.randint(0, limit)))

    def files(self):
        files = {}
        for number in range(self.random.choice([1, 1, 2])):
            folder = f"s{number}/"
            match self.random.randint(0, 2):
                case 0:
                    files[f"{folder}hosts"] = self.ini()
                case 1:
                    files[f"{folder}hosts.yml"] = json.dumps(self.tree(), indent=1)
                case _:
                    files[f"{folder}01-one.ini"] = self.ini()
                    files[f"{folder}02-two.yml"] = "\n".join(self.block(self.tree()))
            files.update(self.variable_files(folder))
        files.update(self.variable_files("play/"))
        return files

    def sources(self, files):
        found = []
        for folder in sorted({name.split("/")[0] for name in files} - {"play"}):
            tops = [name for name in files if name.startswith(folder) and name.count("/") == 1]
            found.append(tops[0] if len(tops) == 1 else folder)
        return found

    def ini(self):
        lines = [self.host_line(host) for host in self.some(self.hosts)]
        sections = [("", group) for group in self.groups]
        sections += [(":vars", group) for group in self.some([*self.groups, "all"])]
        sections += [(":children", group) for group in self.some(self.groups[:-1])]
        self.random.shuffle(sections)
        for kind, group in sections:
            lines.append(f"[{group}{kind}]")
            if kind == ":vars":
                lines += [f"{name} = {self.random.choice(VALUES)}" for name in self.some(VARIABLES)]
                lines += [f"ansible_group_priority={self.random.randint(0, 12)}"] * (self.random.random() < 0.4)
            elif kind == ":children":
                lines += self.some(self.groups[self.groups.index(group) + 1 :])
            else:
                lines += [self.host_line(host) for host in self.some(self.hosts)]
        return "\n".join(lines) + "\n"

    def host_line(self, host):
        words = [host]
        for name in self.some(VARIABLES, 2):
            value = self.random.choice(VALUES)
            words.append(f'{name}="{value}"' if '"' not in value else f"{name}='{value}'")
        return " ".join(words) + self.random.choice(["", "", "  # a comment", "   "])

    def tree(self):
        return {group: self.group(group) for group in self.some([*self.groups, "all", "ungrouped"], 5)} or {"all": None}

    def group(self, group):
        parts = {}
        if self.random.random() < 0.7:
            parts["hosts"] = {host: self.values() or None for host in self.some(self.hosts)}
        if self.random.random() < 0.5:
            parts["vars"] = self.values()
            if self.random.random() < 0.4 and group != "all":
                parts["vars"]["ansible_group_priority"] = self.random.randint(0, 12)
        later = self.groups[self.groups.index(group) + 1 :] if group in self.groups else []
        if later and self.random.random() < 0.5:
            parts["children"] = {
                child: self.group(child) if self.random.random() < 0.4 else None for child in self.some(later)
            }
        return parts or None

    def values(self):
        return {name: self.value() for name in self.some(VARIABLES)}

    def value(self, depth=0):
        if depth < 2 and self.random.random() < 0.2:
            return [self.value(depth + 1) for _ in range(2)]
        if depth < 2 and self.random.random() < 0.2:
            return {name: self.value(depth + 1) for name in self.some(VARIABLES, 2)}
        return self.random.choice([*VALUES, 1, 2.5, True, None, "2001-01-01", "yes"])

    def block(self, node, indent=0):
        """The same as JSON, in block style, scalars plain where they can be."""
        for key, value in node.items():
            pad = "  " * indent
            if isinstance(value, dict) and value:
                yield f'{pad}"{key}":'
                yield from self.block(value, indent + 1)
            elif isinstance(value, str) and value.isalnum() and self.random.random() < 0.7:
                yield f'{pad}"{key}": {value}'
            else:
                yield f'{pad}"{key}": {json.dumps(value)}'

    def variable_files(self, folder):
        files = {}
        for group in self.some([*self.groups, "all", "ungrouped"]):
            name = self.random.choice(["", ".yml", ".yaml", ".json", "/one.yml", "/sub/two", "/.hidden.yml", "/x.txt"])
            files[f"{folder}group_vars/{group}{name}"] = json.dumps(self.values())
        for host in self.some(["h0", "h1", "web1", "db-a.x", "::1", "localhost"]):
            files[f"{folder}host_vars/{host}{self.random.choice(['', '.yml', '/z.json'])}"] = json.dumps(self.values())
        return files


@pytest.mark.peer
def test_random_inventories_list_as_ansible_lists_them(tmp_path, write_files, ansible_inventory, monkeypatch):
    calls, ours = [], []
    for seed in SEEDS:
        maker = Maker(seed)
        files = maker.files()
        folder = write_files(files, below=str(seed))
        (folder / "play").mkdir(exist_ok=True)
        sources = maker.sources(files)
        monkeypatch.chdir(folder)
        ours.append(load_inventory(sources, playbook_dir=Path("play")).listed())
        calls.append(
            [folder, *(word for source in sources for word in ("-i", source)), "--playbook-dir", "play", "--list"]
        )

    theirs = ansible_inventory(calls)

    for seed, mine, (status, listed, errors) in zip(SEEDS, ours, theirs, strict=True):
        assert status == 0, f"seed {seed}: {errors}"
        assert json.loads(json.dumps(mine)) == json.loads(listed), f"seed {seed}"
