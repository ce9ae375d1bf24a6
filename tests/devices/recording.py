"""Sessions that were recorded on real devices, as the corpus beside this repository has them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus" / "devices" / "cli"
_ESCAPE = re.compile(r'\\(x[0-9A-Fa-f]{2}|[rnte"\\])')
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What a device said at the login and after each command, byte for byte, its own echoes and prompts included."""

    greeting: str
    replies: tuple[tuple[str, str], ...]

    @property
    def prompt(self) -> str:
        """The line with which every reply ends."""
        return self.greeting.rpartition("\n")[2].strip("\r")

    @property
    def framed(self) -> bool:
        """Whether replies have their echo and their prompt; some were recorded without."""
        said = [text for command, text in self.replies if command not in ("exit", "quit", " ")]
        name = self.prompt.strip()[:-1]
        return bool(name) and all(name in text or "--More--" in text for text in said)

    def answers(self) -> dict[str, str]:
        """What a reader should see for each command whose reply is not paged, by simple means."""
        plain = {}
        for command, text in self.replies:
            lines = [_CONTROL.sub("", line).rstrip() for line in text.split("\n")]
            if (
                command.strip()
                and "--More--" not in text
                and self.framed
                and lines[-1][:-1] == self.prompt.strip()[:-1]
            ):
                body = lines[1:-1] if lines[0].startswith(command[:20]) else lines[:-1]
                plain[command] = "\n".join(body).rstrip("\n")
        return plain


def recordings(model: str) -> dict[str, Recording]:
    """The sessions of one model of oxidized's tests, by file name."""
    found = {}
    for path in sorted((CORPUS / "oxidized-sessions").glob(f"{model}#*simulation.yaml")):
        written = yaml.safe_load(path.read_text("utf-8"))
        commands = written.get("commands") or {}
        pairs = commands.items() if isinstance(commands, dict) else [p for each in commands for p in each.items()]
        replies = tuple((_unescaped(key).rstrip("\n"), _unescaped(text or "")) for key, text in pairs)
        found[path.name] = Recording(greeting=_unescaped(written.get("init_prompt") or ""), replies=replies)
    return found


def _unescaped(text: str) -> str:
    known = {"r": "\r", "n": "\n", "t": "\t", "e": "\x1b", '"': '"', "\\": "\\"}
    return _ESCAPE.sub(lambda at: known.get(at[1]) or chr(int(at[1][1:], 16)), str(text))
