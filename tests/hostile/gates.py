"""Small rule sets in each language with every kind of memory that the engine has, and lines for them."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import msgspec
import pytest

from ospatrol.decode.decoders import Decoders
from ospatrol.engine.compile import Ruleset, compile_rules
from ospatrol.engine.memory import Memory, MemoryState
from ospatrol.engine.rulebook import read_rulebook
from ospatrol.engine.view import Matcher
from ospatrol.model.decoder import Decoder, Semantics
from ospatrol.patrol.lines import LineJudge, LineReader, RawLine
from ospatrol.patrol.log_rules import read_folders

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
OWN = ("ossec", "wazuh", "native")
WHOLE = ("ossec corpus", "wazuh corpus")
AT = 1_796_800_000.0  # December 2026, as the lines say

_DECODERS = r"""
<decoder name="doord">
  <program_name>^doord</program_name>
</decoder>

<decoder name="doord-badge">
  <parent>doord</parent>
  <prematch>^badge </prematch>
  <regex offset="after_prematch">^(\d+) (\w+) at (\S+) from (\S*)</regex>
  <order>id, action, url, srcip</order>
</decoder>

<decoder name="mailer">
  <program_name>^mailer</program_name>
  <regex>^(\w+): user=(\S*) ip=(\S*) </regex>
  <order>id, dstuser, srcip</order>
  <accumulate />
</decoder>

<decoder name="keyd">
  <program_name>^keyd</program_name>
  <prematch>^key </prematch>
  <regex offset="after_prematch">^of (\S+) at (\S+)</regex>
  <order>srcuser, srcip</order>
  <fts>name, srcuser, srcip</fts>
</decoder>
"""
_JSON = r"""
<decoder name="json">
  <prematch>^{\s*"</prematch>
  <plugin_decoder>JSON_Decoder</plugin_decoder>
</decoder>
"""

_RULES = r"""
<group name="syslog,">
  <rule id="1" level="0" noalert="1"><category>syslog</category><description>All lines.</description></rule>
</group>

<group name="doors,">
  <rule id="100100" level="0" noalert="1">
    <if_sid>1</if_sid><decoded_as>doord</decoded_as><description>What the doors say.</description>
  </rule>
  <rule id="100101" level="5">
    <if_sid>100100</if_sid><action>refused</action><group>refusal,</group>
    <description>Badge $(id) was refused at $(url) for $(srcip).</description>
  </rule>
  <rule id="100102" level="0">
    <if_sid>100101</if_sid><id>^0007$</id><description>The guard tests the door.</description>
  </rule>
  <rule id="100103" level="10" frequency="SIX" timeframe="60">
    <if_matched_sid>100101</if_matched_sid><same_id /><description>A badge again and again.</description>
  </rule>
  <rule id="100104" level="9" ignore="40">
    <if_sid>100101</if_sid><url>^roof$</url><group>refusal,</group><description>The roof.</description>
  </rule>
  <rule id="100106" level="6">
    <if_sid>100100</if_sid><match>^state </match><check_diff /><description>A state changed.</description>
  </rule>
  <rule id="100107" level="7">
    <if_sid>1</if_sid><decoded_as>keyd</decoded_as><if_fts /><description>A key at a new place.</description>
  </rule>
  <rule id="100108" level="4">
    <if_sid>1</if_sid><decoded_as>mailer</decoded_as><user>^root$</user><description>Mail of root.</description>
  </rule>
  <rule id="100109" level="3">
    <if_sid>100100</if_sid><match>hour</match><time>6 pm - 8:30 am</time><description>Late.</description>
  </rule>
  <rule id="100110" level="3">
    <if_sid>100100</if_sid><match>day</match><weekday>weekdays</weekday><description>Work.</description>
  </rule>
  <rule id="100111" level="8">
    <if_sid>100101</if_sid><list field="srcip" lookup="address_match_key">etc/lists/banned</list>
    <description>Banned.</description>
  </rule>
  <rule id="100114" level="4">
    <if_sid>100100</if_sid><action>passed</action><group>refusal,</group><description>Passed.</description>
  </rule>
  <rule id="100105" level="11" frequency="FOUR" timeframe="90">
    <if_matched_group>refusal</if_matched_group><same_source_ip /><different_url />
    <description>One after the other, by $(srcip).</description>
  </rule>
  <rule id="100112" level="3" maxsize="9999">
    <if_sid>1</if_sid><match>long</match><description>A long line.</description>
  </rule>
</group>
"""
_FOR_WAZUH = r"""
<group name="json,">
  <rule id="100200" level="4">
    <if_sid>1</if_sid><decoded_as>json</decoded_as><description>JSON of $(door.name) and $(srcip).</description>
  </rule>
  <rule id="100201" level="8">
    <if_sid>100200</if_sid><field name="door.name" type="pcre2">^(a+)+$</field><description>Only a.</description>
  </rule>
  <rule id="100202" level="9">
    <if_sid>100200</if_sid><srcip>10.0.0.0/8</srcip><description>Inside.</description>
  </rule>
  <rule id="100203" level="9">
    <if_sid>100200</if_sid><list field="srcip" lookup="address_match_key">etc/lists/banned</list>
    <description>Banned.</description>
  </rule>
</group>
"""
_NATIVE = r"""
decoders:
  - name: doord
    program: ^doord
  - name: doord-badge
    parent: doord
    prematch: '^badge '
    regex: {pattern: '^(?P<id>\d+) (?P<action>\w+) at (?P<url>\S+) from (?P<srcip>\S*)', after: prematch}
  - name: mailer
    program: ^mailer
    regex: '^(?P<id>\w+): user=(?P<dstuser>\S*) ip=(?P<srcip>\S*) '
    accumulate: true
  - name: keyd
    program: ^keyd
    regex: '^key of (?P<srcuser>\S+) at (?P<srcip>\S+)'
    first_time: [srcuser, srcip]
  - name: json
    prematch: '^\{\s*"'
    json: true

lists:
  banned: ["192.0.2."]

rules:
  - {id: 100100, level: 0, description: doors, silent: true, match: {kind: log, decoder: doord}}
  - {id: 100101, level: 5, description: "Badge $(id) at $(url) for $(srcip)", parent: 100100, groups: [refusal],
     match: {action: refused}}
  - {id: 100102, level: 0, description: guard, parent: 100101, match: {id: "0007"}}
  - {id: 100103, level: 10, description: again, of: 100101, frequency: 6, within: 60s, same: id}
  - {id: 100104, level: 9, description: roof, parent: 100101, match: {url: roof}, ignore: 40s, groups: [refusal]}
  - {id: 100114, level: 4, description: passed, parent: 100100, match: {action: passed}, groups: [refusal]}
  - {id: 100105, level: 11, description: one after the other, of: {group: refusal}, frequency: 4, within: 90s,
     same: srcip, different: url}
  - {id: 100113, level: 12, description: many doors, of: {group: refusal}, within: 90s, frequency: 6,
     distinct: url, across_hosts: true}
  - {id: 100106, level: 6, description: changed, parent: 100100, match: {log: {prefix: "state "}}, changed: true}
  - {id: 100107, level: 7, description: key, match: {kind: log, decoder: keyd}, first_time: true}
  - {id: 100108, level: 4, description: root, match: {kind: log, decoder: mailer, dstuser: root}}
  - {id: 100109, level: 3, description: late, parent: 100100,
     match: {log: {contains: hour}, at: {time: "18:00-08:30"}}}
  - {id: 100110, level: 3, description: work, parent: 100100,
     match: {log: {contains: day}, at: {weekday: [mon, tue, wed, thu, fri]}}}
  - {id: 100111, level: 8, description: banned, parent: 100101, match: {srcip: {listed: {list: banned, by: address}}}}
  - {id: 100112, level: 3, description: long, match: {kind: log, log: {contains: long}, size: {at_least: 60000}}}
  - {id: 100200, level: 4, description: "JSON of $(door.name) and $(srcip)", match: {kind: log, decoder: json}}
  - {id: 100201, level: 8, description: only a, parent: 100200, match: {door.name: {regex: "^(a+)+$"}}}
  - {id: 100202, level: 9, description: inside, parent: 100200, match: {srcip: {network: 10.0.0.0/8}}}
  - {id: 100203, level: 9, description: banned, parent: 100200, match: {srcip: {listed: {list: banned, by: address}}}}
"""


class Gates(msgspec.Struct, frozen=True, kw_only=True):
    """A rule set, read and ready.

    Attributes:
        semantics: Its language.
        written: Its decoders.
        decoders: Ready; caches are shared by all tests.
        matcher: Likewise.
    """

    semantics: Semantics
    written: tuple[Decoder, ...]
    decoders: Decoders
    matcher: Matcher

    @property
    def ruleset(self) -> Ruleset:
        return self.matcher.ruleset

    def judge(self, state: MemoryState | None = None, *, own_clock: bool = True, fresh: bool = False) -> LineJudge:
        """A judge that remembers nothing, or a state; with caches of its own if they are to be fresh."""
        decoders = Decoders(self.written) if fresh else self.decoders
        matcher = Matcher(self.ruleset) if fresh else self.matcher
        reader = LineReader(decoders, self.semantics, own_clock=own_clock)
        return LineJudge(reader, matcher, Memory(self.ruleset, state), 1)


def write(folder: Path, semantics: Semantics) -> Path:
    """The XML of one of the originals, as files."""
    wazuh = semantics is Semantics.WAZUH
    numbers = {"SIX": "6", "FOUR": "4"} if wazuh else {"SIX": "4", "FOUR": "2"}
    rules = _RULES + (_FOR_WAZUH if wazuh else "")
    for word, number in numbers.items():
        rules = rules.replace(word, number)
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "doors_rules.xml").write_text(rules)
    (folder / "lists").mkdir()
    (folder / "lists" / "banned").write_text("192.0.2.:lab\n")
    if wazuh:
        (folder / "decoders").mkdir()
        (folder / "decoders" / "doors_decoders.xml").write_text(_DECODERS + _JSON)
    else:
        (folder / "decoder.xml").write_text(_DECODERS)
    return folder


@lru_cache(maxsize=8)
def gates(name: str) -> Gates:
    """A rule set by its name in `OWN` or `WHOLE`."""
    if name == "native":
        book = read_rulebook([("gates.yml", _NATIVE)])
        return Gates(
            semantics=Semantics.NATIVE,
            written=book.decoders,
            decoders=Decoders(book.decoders),
            matcher=Matcher(book.ruleset),
        )
    semantics = Semantics(name.split(maxsplit=1)[0])
    with TemporaryDirectory() as folder:
        if name in WHOLE:
            if not CORPUS.is_dir() and os.environ.get("CI") != "true":
                pytest.skip("the shared corpus is not beside the project")
            read = read_folders([CORPUS / semantics.value], semantics, lenient=True)
        else:
            with patch.dict(os.environ, {"XDG_CACHE_HOME": folder}):  # not among what is kept for people
                read = read_folders([write(Path(folder) / name, semantics)], semantics)
    return Gates(
        semantics=semantics,
        written=read.decoders,
        decoders=Decoders(read.decoders),
        matcher=Matcher(compile_rules(read.rules, lists=read.lists)),
    )


def line(text: str, at: float = AT, host: str = "gate", location: str = "/var/log/gate.log") -> RawLine:
    """A line as it came."""
    return RawLine(text, at, host, location)


def traffic(seed: int, count: int, *, shuffled: bool = True) -> Iterator[bytes]:
    """Lines that make every rule of the small sets speak now and then, some of them out of their order."""
    chance = random.Random(seed)
    at = 0
    for _ in range(count):
        at += chance.choice((0, 1, 1, 2, 5))
        second = max(at - chance.randrange(90), 0) if shuffled and not chance.randrange(12) else at
        day, rest = divmod(second, 86_400)
        stamp = f"Dec {day + 1:2} {rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02} gate{chance.randrange(2)}"
        said = _said(chance)
        yield (said if said.startswith("{") else f"{stamp} {said}").encode("latin-1")


def _said(chance: random.Random) -> str:
    badge = chance.choice(("0007", "4711", "4712", "4713"))
    door = chance.choice(("roof", "cellar", "gate", "lab", "yard"))
    address = chance.choice(("10.0.0.1", "10.0.0.2", "192.0.2.9", "\x1b[2J", "\xff\xfe"))
    return chance.choice(
        (
            f"doord[9]: badge {badge} refused at {door} from {address}",
            f"doord[9]: badge {badge} refused at {door} from {address} again",
            f"doord[9]: badge {badge} passed at {door} from {address}",
            f"doord: state {chance.randrange(3)}",
            f"doord: hour {chance.randrange(9)}",
            f"doord: day {chance.randrange(9)}",
            f"keyd: key of u{chance.randrange(400)} at {address}",
            f"mailer: q{chance.randrange(40)}: user={chance.choice(('root', '', 'ann'))} ip={address} ",
            f"mailer: q{chance.randrange(40)}: user= ip= ",
            f"kernel: nothing {chance.random()}",
            f'{{"door": {{"name": "{door}"}}, "srcip": "{chance.choice(("10.0.0.1", "192.0.2.9", "x"))}"}}',
        )
    )
