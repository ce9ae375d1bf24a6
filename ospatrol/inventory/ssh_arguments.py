"""What `ansible_ssh_common_args` and its kin say, as `ssh` itself would read it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import msgspec

_ALONE = {
    "4": ("addressfamily", "inet"),
    "6": ("addressfamily", "inet6"),
    "A": ("forwardagent", "yes"),
    "a": ("forwardagent", "no"),
    "C": ("compression", "yes"),
    "K": ("gssapiauthentication", "yes"),
    "k": ("gssapidelegatecredentials", "no"),
}
_WITHOUT_EFFECT = frozenset("fGgMNnqsTtVvXxYy")
_WITH_VALUE = {
    "b": "bindaddress",
    "B": "bindinterface",
    "c": "ciphers",
    "F": "configfile",
    "i": "identityfile",
    "I": "pkcs11provider",
    "J": "proxyjump",
    "l": "user",
    "m": "macs",
    "p": "port",
}
_VALUE_WITHOUT_EFFECT = frozenset("eEOS")
# one connection carries a whole patrol of a host: there is nothing to share or to forward
_OPTIONS_WITHOUT_EFFECT = frozenset({"controlmaster", "controlpath", "controlpersist"})


class SshArguments(msgspec.Struct, frozen=True, kw_only=True):
    """Options of `ssh`, the first value of each name.

    Attributes:
        options: OpenSSH's names in lower case; `configfile` for `-F`. Without the three below.
        identity_files: Every `-i` and `-o IdentityFile=`.
        user: `-l` or `-o User=`.
        port: `-p` or `-o Port=`, as written.
    """

    options: dict[str, str]
    identity_files: tuple[str, ...] = ()
    user: str | None = None
    port: str | None = None


def read_ssh_arguments(text: str) -> SshArguments:
    """Options from a command line.

    Args:
        text: Words as in a shell, such as `-o ProxyCommand="ssh -W %h:%p jump" -J bastion`.

    Raises:
        ValueError: it is no list of options that `ssh` knows; says what is not.
    """
    options: dict[str, str] = {}
    identity_files: list[str] = []
    for name, value in _options(iter(shlex.split(text))):
        if name == "identityfile":
            identity_files.append(value)
        elif name not in _OPTIONS_WITHOUT_EFFECT:
            options.setdefault(name, value)
    return SshArguments(
        identity_files=tuple(identity_files),
        user=options.pop("user", None),
        port=options.pop("port", None),
        options=options,
    )


def _options(words: Iterator[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        if not word.startswith("-") or word == "-":
            raise ValueError(f"{word!r} is no option of ssh")
        yield from _letters(word[1:], words)


def _letters(letters: str, words: Iterator[str]) -> Iterator[tuple[str, str]]:
    """The options of one word: `-Co Port=22` is two."""
    for index, letter in enumerate(letters):
        if letter in _ALONE:
            yield _ALONE[letter]
        elif letter not in _WITHOUT_EFFECT:
            value = letters[index + 1 :] or next(words, None)
            if value is None:
                raise ValueError(f"-{letter} needs a value")
            if letter == "o":
                yield _assignment(value)
            elif letter in _WITH_VALUE:
                yield _WITH_VALUE[letter], value
            elif letter not in _VALUE_WITHOUT_EFFECT:
                raise ValueError(f"-{letter} is not supported")
            return


def _assignment(text: str) -> tuple[str, str]:
    """An `-o` option: `Name=value`, `Name value` or `Name = "value"`."""
    found = re.fullmatch(r"\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*\S)\s*", text, re.DOTALL)
    if not found:
        raise ValueError(f"-o {text!r} must be Name=value")
    value = found[2]
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return found[1].lower(), value[1:-1] if quoted else value
