"""What awk and sed programs do: whether they read only what they are given and write only to standard output."""

from __future__ import annotations

import re

_AWK_WORDS = re.compile(
    r"system|getline|close|fflush|function|func\b|delete|ENVIRON|ARGV|ARGC|PROCINFO|load|include|extension|eval|@|/inet"
)
_AWK_TOKEN = re.compile(
    r"""(?P<blank>[ \t\\]+)|(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<name>[A-Za-z_]\w*)|(?P<number>[0-9.]+)"""
    r"""|(?P<operator>\|\||&&|>>|>=|<=|==|!=|!~|\+\+|--|[-+*/%^]=|[-+*%^!<>|?:,;{}()\[\]$~=\n])""",
)
_AWK_REGEX = re.compile(r"/(?:[^/\\\n\[]|\\.|\[\^?\]?(?:[^\]/\\\n\[]|\[:\w+:\]|\\.)*\])+/")
_ENDS_OPERAND = frozenset({"string", "number", "regex"})
_PRINTS = frozenset({"print", "printf"})

_SED_ADDRESS = r"(?:[0-9]+|\$|/(?:[^/\\\n\[]|\\[^\n]|\[\^?\]?[^\]/\\\n\[]*\])+/I?)"
_SED_COMMAND = re.compile(
    rf"[ \t;\n}}]*(?:{_SED_ADDRESS}(?:,{_SED_ADDRESS})?)?[ \t]*!?[ \t]*"
    r"(?:[pdDPnNhHgGxlq=](?=[ \t]*(?:[;\n}]|$))|\{|"
    r"s(?P<mark>[/|,#:!@%])(?:(?!(?P=mark))[^\\\n\[]|\\[^\n]|\[\^?\]?(?:(?!(?P=mark))[^\]\\\n\[])*\])*(?P=mark)"
    r"(?:(?!(?P=mark))[^\\\n]|\\[^\n])*(?P=mark)[gpiI0-9]*(?=[ \t]*(?:[;\n}]|$)))"
)


def awk_refuses(program: str) -> str:
    """What an awk program does besides reading its input and printing; empty if nothing.

    A slash begins a regular expression where an operand is wanted, and divides elsewhere, as in awk's own grammar.
    """
    if found := _AWK_WORDS.search(program):
        return f"awk with `{found[0]}`"
    at, before, printing = 0, "", False
    while at < len(program):
        match = _AWK_TOKEN.match(program, at)
        kind, text = (match.lastgroup or "", match[0]) if match else ("", "")
        if program[at] == "/":
            match = _AWK_REGEX.match(program, at)
            if before in _ENDS_OPERAND or match is None:
                return "awk with a slash that may divide"
            kind, text = "regex", match[0]
        if match is None:
            return f"awk with {program[at]!r}"
        at = match.end()
        if text in {"|", ">>"} or (text == ">" and printing):
            return f"awk that writes with `{text}`"
        if text in {";", "\n", "{", "}"}:
            printing = False
        if kind == "name":
            printing = printing or text in _PRINTS
            before = "" if text in _PRINTS | {"in", "return"} else "number"
        elif kind != "blank":
            before = "number" if text in {")", "]", "$", "++", "--"} else kind
    return ""


def sed_refuses(script: str) -> str:
    """What a sed script does besides editing what it prints; empty if nothing."""
    at = 0
    while script[at:].strip(" \t;\n}"):
        match = _SED_COMMAND.match(script, at)
        if match is None:
            return f"sed with {script[at : at + 20]!r}"
        at = match.end()
    return ""
