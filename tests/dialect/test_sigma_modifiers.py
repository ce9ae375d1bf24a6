"""Each modifier with an event that fires and one that does not."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest

from ospatrol.dialect.sigma import read_sigma
from ospatrol.engine.condition import compile_condition
from ospatrol.model.event import Event

if not os.environ.get("CI"):
    pytest.importorskip("sigma", reason="pySigma is not installed")

RULE = """\
title: T
id: 502b42de-4306-40b4-9596-6f590c81f073
logsource: {source}
detection:
{detection}
"""


SSHD = "{product: linux, service: sshd}"
SECURITY = "{product: windows, service: security}"


def fires(search: str, fields: Mapping[str, str], *, log: str = "", condition: str = "s", source: str = SSHD) -> bool:
    """Whether a rule with a search fires on a log line; `search` is what stands below `s:`."""
    detection = f"    s: {search}\n    condition: {condition}" if "\n" not in search else search
    found = read_sigma([("r.yml", RULE.format(source=source, detection=detection))])
    assert (found.problems, found.skipped) == ((), ())
    (rule,) = found.rules
    fields = {"channel": "Security", **fields}
    coded = {name: value.encode().decode("latin-1") for name, value in fields.items()}
    text = log.encode().decode("latin-1")
    event = Event(at=0.0, host="h", kind="log", location="l", fields=coded, log=text, program="sshd")
    return all(compile_condition(condition).holds(event) for condition in rule.conditions)


CASES = [
    ("{A: cmd}", "CMD", "cmd2"),
    ("{A: 'c*d'}", "Command", "comma"),
    ("{A: 'c?d'}", "cäd", "cd"),
    (r"{A: 'c\*d'}", "C*D", "cxd"),
    (r"{A: 'C:\\Windows'}", "c:\\windows", "c:/windows"),
    ("{A: ''}", "", "x"),
    ("{A: '*'}", "", None),
    ("{A: 7}", "7", "07"),
    ("{A: 7.5}", "7.5", "7"),
    ("{A: true}", "True", "false"),
    ("{A: [x, y]}", "Y", "z"),
    ("{A: Straße}", "STRASSE".replace("SS", "ß"), "Strase"),
    ("{A: Ärger}", "äRGER", "Arger"),
    ("{A|contains: b}", "aBc", "ac"),
    ("{A|contains: 'a|b'}", "xA|Bx", "ab"),
    ("{A|contains: '^b$'}", "a^B$", "b"),
    ("{A|contains: '!b'}", "a!B", "b"),
    ("{A|contains|all: [a, b]}", "xbxa", "xb"),
    ("{A|contains: ['^a', 'b c']}", "xB C", "a"),
    ("{A|startswith: b}", "Bc", "ab"),
    ("{A|startswith: '^b'}", "^bc", "bc"),
    ("{A|endswith: b}", "aB", "ba"),
    ("{A|endswith: '$b'}", "a$B", "ab"),
    ("{A|endswith: ['.exe', 'a?c']}", "x.EXE", "x.exe.txt"),
    ("{A|cased: Cmd}", "Cmd", "cmd"),
    ("{A|contains|cased: 'mD*x'}", "cmD--x", "CMD--X"),
    ("{A|cased|startswith: C}", "Cmd", "cmd"),
    ("{A|cased|endswith: 'D'}", "cmD", "cmd"),
    ("{A|re: '^c.d$'}", "cmd", "CMD"),
    ("{A|re: 'ä{2}'}", "xääx", "äx"),
    ("{A|re: '[-/€]e'}", "€e", "e"),
    ("{A|re: '[€]e'}", "€e", "-e"),
    ("{A|re|i: '^c.d$'}", "CMD", "command"),
    ("{A|re|m: '^b$'}", "a\nb", "a b"),
    ("{A|re|s: 'a.b'}", "a\nb", "a\n\nb"),
    ("{A|cidr: 10.0.0.0/8}", "10.1.2.3", "11.1.2.3"),
    ("{A|cidr: ['2001:db8::/32', 192.0.2.0/24]}", "2001:db8::1", "2001:db9::1"),
    ("{A|base64: whoami}", "d2hvYW1p", "whoami"),
    ("{A|base64offset|contains: whoami}", "eHdob2FtaXg=", "whoami"),
    ("{A|wide|base64offset|contains: whoami}", "eAB3AGgAbwBhAG0AaQA=", "d2hvYW1p"),
    ("{A|windash|contains: ' -f'}", "x /F y", "x f"),
    ("{A|exists: true}", "", None),
    ("{A|exists: false}", None, ""),
    ("{A: null}", None, "x"),
    ("{A|gt: 7}", "8", "7"),
    ("{A|gte: 7}", "7", "6.9"),
    ("{A|lt: 7}", "6.9", "7"),
    ("{A|lte: 7}", "7", "8"),
    ("{A|gt: 7}", "8", "much"),
    ("{A|lt: 7}", "-1", "little"),
    ("{A|neq: x}", "y", "X"),
    ("[{A: x}, {A: y}]", "y", "z"),
    ("{a: x}", "X", "y"),
]


@pytest.mark.parametrize(("search", "yes", "no"), CASES)
def test_a_field_is_compared(search: str, yes: str | None, no: str | None) -> None:
    assert fires(search, {} if yes is None else {"a": yes})
    assert not fires(search, {} if no is None else {"a": no})


def test_a_field_that_is_not_there_is_equal_to_nothing() -> None:
    assert not fires("{A: x}", {})
    assert not fires("{A|lt: 7}", {})
    assert fires("{A: x}", {}, condition="not s")


@pytest.mark.parametrize(
    ("search", "yes", "no"),
    [
        ("[whoami, net use]", "he ran NET USE x", "net  use"),
        ("{'|all': [net, use]}", "use the net", "net"),
        ("{'|re': 'ne[tw]'}", "a new one", "NEW"),
        ("[4711]", "id=4711", "id=471"),
        ("['*who*ami*']", "who or am i? whoxami", "ami who"),
        ("['C:\\Temp']", r"c:\temp\x", "c:temp"),
        ("['C:\\Temp']", r'{"a":"c:\\temp\\x"}', "c:temp"),
    ],
)
def test_keywords_are_looked_for_in_the_log(search: str, yes: str, no: str) -> None:
    assert fires(search, {}, log=yes)
    assert not fires(search, {}, log=no)
    assert not fires(search, {"a": yes})


@pytest.mark.parametrize(
    ("condition", "yes", "no"),
    [
        ("s1 and s2", {"a": "x", "b": "y"}, {"a": "x"}),
        ("s1 or s2", {"b": "y"}, {"a": "y"}),
        ("not s1", {"b": "y"}, {"a": "x"}),
        ("s1 and not s2", {"a": "x"}, {"a": "x", "b": "y"}),
        ("not (s1 or s2)", {"a": "q"}, {"b": "y"}),
        ("not (s1 and s2)", {"b": "y"}, {"a": "x", "b": "y"}),
        ("1 of s*", {"b": "y"}, {"c": "x"}),
        ("all of s*", {"a": "x", "b": "y"}, {"a": "x"}),
        ("1 of them", {"a": "x"}, {}),
        ("all of them", {"a": "x", "b": "y"}, {"b": "y"}),
        ("s1 or s2 and not s1", {"a": "x"}, {"b": "x"}),
        ("[s1, s2]", {"b": "y"}, {}),
    ],
)
def test_conditions(condition: str, yes: dict[str, str], no: dict[str, str]) -> None:
    search = f"    s1: {{A: x}}\n    s2: {{B: y}}\n    condition: {condition}"

    assert fires(search, yes)
    assert not fires(search, no)


@pytest.mark.parametrize(
    ("search", "written", "sent"),
    [
        (r"{A|contains: 'System32\cmd.exe'}", r"C:\System32\cmd.exe x", r"C:\\System32\\cmd.exe x"),
        (r"{A|startswith: 'C:\Win'}", r"c:\windows", r"c:\\windows"),
        (r"{A: 'a*\b\c'}", r"ax\b\c", r"ax\\b\\c"),
        (r"{A|re: '^C:\\[^\\]+\\x'}", r"C:\a\x", r"C:\\a\\x"),
        ("""{A|contains: 'a "b" & <c>'}""", 'a "b" & <c>', r"a \"b\" &amp; &lt;c&gt;"),
        ("""{A|re: 'a "b" & [<]c>'}""", 'a "b" & <c>', r"a \"b\" &amp; &lt;c&gt;"),
        ("""{A|contains: 'a\\tb*c'}""", "a\\tb-c", "a\\\\tb-c"),
        ("{A: ''}", "", None),
        ("{A: '-'}", "-", None),
    ],
)
def test_windows_events_are_taken_as_written_and_as_the_event_channel_sends_them(
    search: str, written: str, sent: str | None
) -> None:
    assert fires(search, {"a": written}, source=SECURITY)
    assert fires(search, {} if sent is None else {"win.eventdata.a": sent}, source=SECURITY)
    assert not fires(search, {"win.eventdata.a": "other"}, source=SECURITY)
