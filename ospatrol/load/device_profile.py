"""Device profiles: one YAML file a platform, read into typed values; patterns keep the line they stand on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import TypeVar

from ospatrol.load.fields import did_you_mean, unknown_keys
from ospatrol.load.yaml import Lined, LinedList, Node, read_yaml
from ospatrol.model.device_profile import (
    MOVES,
    Capture,
    CaptureRole,
    Contexts,
    DeviceProfile,
    Encoding,
    Secret,
    SecretBlock,
    Step,
    Written,
)
from ospatrol.model.errors import ConfigError, ConfigErrors
from ospatrol.model.place import Place

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_KEYS = (
    *("platform", "also", "comments", "captures", "refused", "volatile", "changed_by", "secrets", "secret_blocks"),
    *("encodings", "harmless", "continued", "ordered_blocks", "ordered_lines", "topics", "syslog"),
    "contexts",
)
_CONTEXT_KEYS = (
    *("called", "home", "probe", "several", "reach", "list", "list_otherwise", "names", "until", "total", "enter"),
    *("leave", "captures", "at_home", "leave_ends", "holds_all"),
)
_CAPTURE_KEYS = ("name", "command", "otherwise", "role", "begins", "ends", "balanced", "absent")
_PLATFORM = re.compile(r"[a-z][a-z0-9_]{0,63}")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
# A command shows, and does no more: no second command, no file at its end.
_SHOWS = re.compile(
    r"(?:show|get|display|more)(?: .*)?|clish -c \"show [^\"]*\"|(?:/[a-z0-9 /-]*)?\b(?:export|print)(?: .*)?", re.ASCII
)
_ACTS = re.compile(
    r"[;\n\r`$<>&]|[^ -~]|\|\s*(?:redirect|append|tee|save|file|vsh|bash|sh|python)\b|\bfile\s*=|\bsystem:bash\b"
)
_LONGEST_COMMAND = 200
_MOVES = ", ".join(f"`{each}`" for each in sorted(MOVES))


def read_device_profile(text: str, path: str) -> DeviceProfile:
    """The profile of one file; its patterns are not compiled yet.

    Args:
        text: The whole file.
        path: As the person named it.

    Raises:
        ConfigErrors: every mistake of the file, each with its line.
    """
    try:
        node = read_yaml(text, path)
    except ConfigError as error:
        raise ConfigErrors([error]) from error
    reader = _Reader(Place(path))
    profile = reader.profile(node)
    if profile is None or reader.problems:
        raise ConfigErrors(reader.problems)
    return profile


class _Reader:
    """Reads a file, and gathers what is wrong with it."""

    def __init__(self, place: Place) -> None:
        self.problems: list[ConfigError] = []
        self._place = place

    def profile(self, node: Node) -> DeviceProfile | None:
        if not isinstance(node, Lined):
            self._wrong(self._place, "a device profile is a mapping with `platform` and `captures`")
            return None
        unknown_keys(node, _KEYS, self.problems)
        platform = self._text(node, "platform")
        if not _PLATFORM.fullmatch(platform):
            self._wrong(node.at("platform"), "`platform` is a name such as `cisco_ios`")
        captures = tuple(self._each(node, "captures", self._capture))
        self._check_captures(node, captures)
        return DeviceProfile(
            platform=platform,
            captures=captures,
            also=self._words(node, "also"),
            comments=self._words(node, "comments"),
            refused=self._patterns(node, "refused"),
            volatile=self._patterns(node, "volatile"),
            changed_by=self._patterns(node, "changed_by"),
            secrets=tuple(self._each(node, "secrets", self._secret)),
            secret_blocks=tuple(self._each(node, "secret_blocks", self._secret_block)),
            encodings=tuple(self._each(node, "encodings", self._encoding)),
            harmless=self._words(node, "harmless"),
            continued=self._text(node, "continued") if "continued" in node else "",
            ordered_blocks=self._patterns(node, "ordered_blocks"),
            ordered_lines=self._patterns(node, "ordered_lines"),
            topics=self._topics(node),
            syslog=self._patterns(node, "syslog"),
            contexts=self._contexts(node),
            place=self._place,
        )

    def _check_captures(self, node: Lined, captures: tuple[Capture, ...]) -> None:
        names = [capture.name for capture in captures]
        for index, name in enumerate(names):
            if name in names[:index]:
                self._wrong(node.at("captures"), f"there are two captures with the name {name!r}")
        # the profile of what holds on every platform captures nothing
        if captures and captures[0].role is not CaptureRole.RUNNING:
            self._wrong(node.at("captures"), "the first capture is the running configuration")

    def _capture(self, node: Node, place: Place) -> Capture | None:
        if not isinstance(node, Lined):
            self._wrong(place, "a capture is a mapping with `name` and `command`")
            return None
        unknown_keys(node, _CAPTURE_KEYS, self.problems)
        name = self._text(node, "name")
        if not _NAME.fullmatch(name):
            self._wrong(node.at("name"), "`name` is a word such as `running`")
        return Capture(
            name=name,
            command=self._command(node, "command"),
            otherwise=self._command(node, "otherwise") if "otherwise" in node else "",
            role=self._choice(node, "role", CaptureRole, CaptureRole.RUNNING),
            begins=self._pattern(node, "begins"),
            ends=self._pattern(node, "ends"),
            balanced=self._flag(node, "balanced"),
            absent=self._pattern(node, "absent"),
        )

    def _contexts(self, profile: Lined) -> Contexts | None:
        node = profile.get("contexts")
        if node is None:
            return None
        if not isinstance(node, Lined):
            self._wrong(profile.at("contexts"), "`contexts` is a mapping with `called`, `home`, `list`, `names`, ...")
            return None
        unknown_keys(node, _CONTEXT_KEYS, self.problems)
        steps = {key: tuple(self._each(node, key, self._step)) for key in ("reach", "enter", "leave")}
        names = self._patterns(node, "names")
        for key, value in (("names", names), ("enter", steps["enter"]), ("leave", steps["leave"])):
            if not value:
                self._wrong(node.at(key), f"`{key}` is missing: what is entered must be found, and left again")
        return Contexts(
            called=self._text(node, "called"),
            home=self._text(node, "home"),
            probe=self._command(node, "probe") if "probe" in node else "",
            several=self._pattern(node, "several"),
            list=self._command(node, "list"),
            list_otherwise=self._command(node, "list_otherwise") if "list_otherwise" in node else "",
            names=names,
            until=self._pattern(node, "until"),
            total=self._pattern(node, "total"),
            at_home=self._step(node["at_home"], node.at("at_home")) if "at_home" in node else None,
            leave_ends=self._flag(node, "leave_ends"),
            holds_all=self._flag(node, "holds_all"),
            captures=tuple(self._each(node, "captures", self._capture)),
            **steps,
        )

    def _step(self, node: Node, place: Place) -> Step | None:
        if not isinstance(node, Lined) or ("send" in node) == ("ask" in node):
            self._wrong(place, "a step is a mapping with either `send` or `ask`")
            return None
        unknown_keys(node, ("send", "ask", "prompt", "said"), self.problems)
        send = self._text(node, "send") if "send" in node else ""
        if send and send not in MOVES:
            self._wrong(node.at("send"), f"{send!r} may do more than lead to a virtual system; there are {_MOVES}")
        return Step(
            send=send,
            ask=self._command(node, "ask") if "ask" in node else "",
            prompt=self._pattern(node, "prompt"),
            said=self._pattern(node, "said"),
        )

    def _command(self, node: Lined, key: str) -> str:
        command = self._text(node, key)
        if command and not shows_only(command):
            self._wrong(
                node.at(key),
                f"{command!r} may do more than show; a command begins with show, get, display or more, or is an "
                "export or print, and nothing is chained behind it or written to a file",
            )
        return command

    def _secret(self, node: Node, place: Place) -> Secret | None:
        if not isinstance(node, Lined):
            self._wrong(place, "a secret is a mapping with `name` and `pattern`")
            return None
        unknown_keys(node, ("name", "pattern", "flaps", "within", "outside"), self.problems)
        pattern = self._pattern(node, "pattern")
        if pattern is None:
            self._wrong(place, "the key 'pattern' is missing")
            return None
        return Secret(
            name=self._text(node, "name"),
            pattern=pattern,
            flaps=self._flag(node, "flaps"),
            within=self._pattern(node, "within"),
            outside=self._pattern(node, "outside"),
        )

    def _secret_block(self, node: Node, place: Place) -> SecretBlock | None:
        if not isinstance(node, Lined):
            self._wrong(place, "a secret block is a mapping with `name`, `begins` and `ends`")
            return None
        unknown_keys(node, ("name", "begins", "ends", "flaps"), self.problems)
        begins, ends = self._pattern(node, "begins"), self._pattern(node, "ends")
        if begins is None or ends is None:
            self._wrong(place, "a secret block needs `begins` and `ends`")
            return None
        return SecretBlock(name=self._text(node, "name"), begins=begins, ends=ends, flaps=self._flag(node, "flaps"))

    def _encoding(self, node: Node, place: Place) -> Encoding | None:
        try:
            return Encoding(str(node))
        except ValueError:
            self._wrong(place, f"{node!r} is no encoding{did_you_mean(str(node), list(Encoding))}")
            return None

    def _topics(self, node: Lined) -> dict[str, tuple[Written, ...]]:
        topics = node.get("topics")
        if topics is None:
            return {}
        if not isinstance(topics, Lined):
            self._wrong(node.at("topics"), "`topics` is a mapping of words to lists of patterns")
            return {}
        return {name: self._patterns(topics, name) for name in topics}

    def _patterns(self, node: Lined, key: str) -> tuple[Written, ...]:
        return tuple(self._each(node, key, self._written))

    def _pattern(self, node: Lined, key: str) -> Written | None:
        return self._written(node[key], node.at(key)) if key in node else None

    def _written(self, node: Node, place: Place) -> Written | None:
        if isinstance(node, str) and node:
            return Written(node, place)
        self._wrong(place, "a pattern is a text that is not empty; put it in single quotes")
        return None

    def _words(self, node: Lined, key: str) -> tuple[str, ...]:
        return tuple(self._each(node, key, self._word))

    def _word(self, node: Node, place: Place) -> str | None:
        if isinstance(node, str) and node:
            return node
        self._wrong(place, "expected a text")
        return None

    def _text(self, node: Lined, key: str) -> str:
        value = node.get(key)
        if isinstance(value, str) and value:
            return value
        self._wrong(node.at(key), f"`{key}` is missing, or no text")
        return ""

    def _flag(self, node: Lined, key: str) -> bool:
        value = node.get(key, False)
        if not isinstance(value, bool):
            self._wrong(node.at(key), f"`{key}` is true or false")
        return value is True

    def _choice(self, node: Lined, key: str, kind: type[E], usual: E) -> E:
        value = node.get(key, usual)
        try:
            return kind(str(value))
        except ValueError:
            self._wrong(node.at(key), f"`{key}` {value!r} is not known{did_you_mean(str(value), list(kind))}")
            return usual

    def _each(self, node: Lined, key: str, read: Callable[[Node, Place], T | None]) -> Iterator[T]:
        items = node.get(key)
        if items is None:
            return
        if not isinstance(items, LinedList):
            self._wrong(node.at(key), f"`{key}` is a list")
            return
        for index, item in enumerate(items):
            value = read(item, items.at(index))
            if value is not None:
                yield value

    def _wrong(self, place: Place, problem: str) -> None:
        self.problems.append(ConfigError(place, problem))


def shows_only(command: str) -> bool:
    """Whether a command of a device can do nothing but show, as far as its words tell."""
    return len(command) <= _LONGEST_COMMAND and bool(_SHOWS.fullmatch(command)) and not _ACTS.search(command)
