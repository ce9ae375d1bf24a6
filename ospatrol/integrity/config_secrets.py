"""Configurations without the secrets in them; before anything else is done with a configuration, this is."""

from __future__ import annotations

import hmac
import re
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from ospatrol.integrity.config_encodings import plain_of
from ospatrol.integrity.config_patterns import LINE_LIMIT
from ospatrol.model.config import MASKED, WELL_KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ospatrol.integrity.config_profile import ReadyBlock, ReadyProfile, ReadySecret

FLAPPING = f"{MASKED}encrypted-anew>"
"""Stands for a secret that the platform encrypts anew at each show."""
_MD5 = "$1$"
"""In front of a password that is hashed with MD5 crypt; it stays where nothing else tells the sort of hash."""
_UNSORTED = re.compile(r"(?:encrypted-password|password-hash) +\"?\Z")
_MASK = re.compile(rf"(?:{re.escape(_MD5)})?{re.escape(MASKED)}(?:[0-9a-f]{{12}}|encrypted-anew)>")
_PLACEHOLDER = re.compile(
    r"\*{3,64}|%?(?i:<?(?:removed|redacted|censored|hidden|secret[ -]?(?:hidden|removed)|configuration[ -]removed"
    r"|redacted_config|suppressed|scrubbed)>?)%?"
)
_BRACKETED = re.compile(r"[\"']?<(?i:[a-z]{4,16} (?:hidden|removed|redacted))>")
_QUOTES = "\"'"
_CRYPT = re.compile(r"\$(?:1|2[abxy]?|5|6|7|8|9|10|14|y|sha512|sha1|md5|apr1)\$|\$4\$|SH2|AK1")
_KIND = re.compile(
    r"[0-9]{1,2}|password|enc|encrypted|ciphertext|cipher|plaintext|cleartext|clear|simple|text|ascii|ascii-text|hexadecimal|hex"
    r"|hash|sha\d{0,3}|md5|set-key|key|type|value|level|local|remote|address|traps?|informs?|version|vrf|use-vrf"
)
# How the word behind it is written; it is no secret itself where another word follows.
_FORM_WORD = re.compile(
    r"8a|clear|cleartext|plaintext|plain-text-password|plaintext-password|encrypted|ciphertext|md5|sha[0-9-]{0,4}"
    r"|hmac-md5|password6|passphrase"
)
_PERHAPS_FORM = re.compile(r"[0-9]{1,2}|key|cak")
_NEXT_WORD = re.compile(r" +(\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s;]+)")
_DEEPEST = 64


class Form(StrEnum):
    """How a secret is written down."""

    PLAIN = "plain"
    ENCODED = "encoded, anyone can read it"
    HASHED = "hashed"
    ENCRYPTED = "encrypted"
    PLACEHOLDER = "already hidden"


class SecretFound(msgspec.Struct, frozen=True, kw_only=True):
    """A secret of a configuration, without the secret.

    Attributes:
        line: Its number in the text as it came, from 1.
        name: What kind of secret it is.
        mask: What stands for it: the same for the same secret.
        form: How it is written down.
        known: Whether everybody knows it: a vendor's default or a word that is tried first.
    """

    line: int
    name: str
    mask: str
    form: Form
    known: bool = False


class Masked(msgspec.Struct, frozen=True, kw_only=True):
    """Lines without secrets.

    Attributes:
        lines: As many as there were.
        found: The secrets, in the order of the lines.
        notable: The places, from 0, of the lines that are to be looked at; the others are as they came, and no pattern
            of the profile about single lines is found in them.
    """

    lines: tuple[str, ...]
    found: tuple[SecretFound, ...]
    notable: frozenset[int] = frozenset()

    @property
    def flapping(self) -> int:
        """How many secrets cannot be compared, as the platform encrypts them anew at each show."""
        return sum(found.mask == FLAPPING for found in self.found)


def mask_lines(lines: Iterable[str], ready: ReadyProfile, key: bytes) -> Masked:
    """The lines with `<secret:HEX>` in place of each secret; the words around it stay.

    The digits are of a keyed hash (HMAC-SHA256) of the secret itself, decoded where the platform only encodes it:
    another secret shows as another mask, an equal one as the same, on any device, and nobody can try out guesses
    without the key. What the platform encrypts anew at each show is always `<secret:encrypted-anew>`. Values that
    everybody knows (`model/config.py: WELL_KNOWN`) stay.

    Args:
        lines: As the device wrote them, without line ends.
        ready: The device's profile.
        key: The installation's own, at least 16 random bytes.
    """
    given = tuple(lines)
    masker = _Masker(ready, key, notable_lines(given, ready))
    return Masked(lines=tuple(masker.lines(given)), found=tuple(masker.found), notable=frozenset(masker.notable))


def notable_lines(lines: Sequence[str], ready: ReadyProfile) -> set[int]:
    """The places, from 0, of the lines in which a pattern about single lines is found, or that patterns cannot see.

    Args:
        lines: Without line ends.
        ready: The device's profile.
    """
    notable = set(ready.notable.among(lines))
    if max(map(len, lines), default=0) > LINE_LIMIT:
        notable.update(at for at, line in enumerate(lines) if len(line) > LINE_LIMIT)
    return notable


class _Masker:
    """Goes through a configuration once; knows in which blocks it is, and whether inside a secret."""

    def __init__(self, ready: ReadyProfile, key: bytes, notable: set[int]) -> None:
        self.found: list[SecretFound] = []
        self.notable = notable
        self._ready = ready
        self._key = key
        self._number = 0
        self._above: list[tuple[int, str]] = []
        self._passed: list[str] = []
        self._block: ReadyBlock | None = None

    def lines(self, lines: Sequence[str]) -> list[str]:
        masked: list[str] = []
        for place in (*sorted(self.notable), len(lines)):
            while self._block is not None and len(masked) < place:
                masked.append(self._looked_at(lines, len(masked)))
            self._passed += lines[len(masked) : place]
            masked += lines[len(masked) : place]
            if len(masked) == place < len(lines):
                masked.append(self._looked_at(lines, place))
        return masked

    def _looked_at(self, lines: Sequence[str], place: int) -> str:
        self.notable.add(place)
        self._number = place + 1
        line = lines[place]
        shown = self._line(line[:LINE_LIMIT])
        if len(line) > LINE_LIMIT:  # what patterns cannot see is not shown
            shown += self._mask(line[LINE_LIMIT:], "", "beyond the longest line")
        return shown

    def _line(self, line: str) -> str:
        if self._block is not None:
            return self._inside(self._block, line)
        self._passed.append(line)
        if self._ready.opens.matches(line):
            for block in self._ready.blocks:
                at = block.begins.end(line)
                if at is not None:
                    return self._opened(block, line, at)
        return self._plain(line)

    def _plain(self, line: str) -> str:
        waiting = self._ready.suspects.of(line)
        while waiting:
            place = waiting.pop(0)
            secret = self._ready.secrets[place]
            if secret.placed and not secret.holds(self._lines_above()):
                continue
            shown = self._without(line, secret)
            if shown != line:  # another line, in which others may be found
                line = shown
                waiting = [each for each in self._ready.suspects.of(line) if each > place]
        return line

    def _without(self, line: str, secret: ReadySecret) -> str:
        shown: list[str] = []
        at = 0
        groups = sorted(secret.pattern.groups(line))
        for begin, end in (span for group in groups for span in _behind_its_form(line, *group)):
            value = line[begin:end]
            if begin < at or not self._is_secret(value, line[end:], secret):
                continue
            shown += (line[at:begin], self._masked(value, line[:begin], secret.name, flaps=secret.flaps))
            at = end
        return "".join(shown) + line[at:]

    def _is_secret(self, value: str, after: str, secret: ReadySecret) -> bool:
        """Whether what a pattern found can be one: not masked yet, and no word that says of what kind the secret is."""
        if _MASK.search(value) or "-----BEGIN" in value or _BRACKETED.match(value + after):
            return False
        word = value.strip("\"';,").lower()
        if secret.general and word in self._ready.harmless:
            return False
        follows = bool(after.strip("\"'; ")) if secret.general else MASKED in after
        return not (follows and _KIND.fullmatch(word))

    def _masked(self, value: str, before: str, name: str, *, flaps: bool = False) -> str:
        """The value's mask; blanks, quotes and what ends a statement stay around it."""
        core = value.strip().rstrip(";,").rstrip()
        if len(core) > 1 and core[0] in _QUOTES and core[-1] == core[0]:
            core = core[1:-1]
        if not core or _MASK.fullmatch(core):
            return value
        start = value.index(core)
        return value[:start] + self._mask(core, before, name, flaps=flaps) + value[start + len(core) :]

    def _mask(self, secret: str, before: str, name: str, *, flaps: bool = False) -> str:
        plain = plain_of(secret, before, self._ready.profile.encodings)
        form = _form(secret, before, encoded=plain is not None, flaps=flaps)
        known = (plain or secret).lower() in _KNOWN
        if form is Form.PLACEHOLDER:
            mask = secret
        elif flaps:
            mask = FLAPPING
        elif secret in WELL_KNOWN:
            mask = secret
        else:
            digest = hmac.new(self._key, (plain or secret).encode("utf-8", "surrogatepass"), "sha256").hexdigest()
            weak = secret.startswith(_MD5) and _UNSORTED.search(before) is not None
            mask = f"{_MD5 if weak else ''}{MASKED}{digest[:12]}>"
        self.found.append(SecretFound(line=self._number, name=name, mask=mask, form=form, known=known))
        return mask

    def _opened(self, block: ReadyBlock, line: str, at: int) -> str:
        head, rest = line[:at], line[at:]
        end = block.ends.begin(rest)
        if end is not None:
            return self._plain(head) + self._masked(rest[:end], head, block.name, flaps=block.flaps) + rest[end:]
        self._block = block
        return self._plain(head) + self._masked(rest, head, block.name, flaps=block.flaps)

    def _inside(self, block: ReadyBlock, line: str) -> str:
        end = block.ends.begin(line)
        if end is None:
            return self._masked(line, "", block.name, flaps=block.flaps)
        self._block = None
        return self._masked(line[:end], "", block.name, flaps=block.flaps) + line[end:]

    def _lines_above(self) -> tuple[str, ...]:
        """The lines of the blocks that the last line is in."""
        for line in self._passed:
            self._note_depth(line)
        self._passed.clear()
        return tuple(text for _, text in self._above[:-1])

    def _note_depth(self, line: str) -> None:
        text = line.strip()
        if not text:
            return
        # RouterOS writes a path, and what belongs to it below it without blanks
        indent = -1 if line.startswith("/") and not line.startswith(("//", "/*")) else len(line) - len(line.lstrip())
        while self._above and (self._above[-1][0] >= indent or len(self._above) > _DEEPEST):
            self._above.pop()
        self._above.append((indent, text))


_KNOWN = frozenset(word.lower() for word in WELL_KNOWN) | {
    *("admin", "password", "passw0rd", "p@ssw0rd", "secret", "default", "changeme", "letmein", "root", "toor"),
    *("test", "guest", "manager", "monitor", "snmp", "community", "123456", "1234", "12345", "12345678"),
    *("ro", "rw", "read", "write", "ilmi", "cable-docsis", "juniper", "arista", "fortinet", "netadmin", "vyos"),
}


def _behind_its_form(line: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the secret is, if what was found is `clear`, `md5` or `7`, and the secret comes behind it."""
    while word := _NEXT_WORD.match(line, end):
        if _PERHAPS_FORM.fullmatch(line, begin, end):
            yield begin, end
        elif not _FORM_WORD.fullmatch(line, begin, end):
            break
        begin, end = word.span(1)
    yield begin, end


def _form(secret: str, before: str, *, encoded: bool, flaps: bool) -> Form:
    if _PLACEHOLDER.fullmatch(secret):
        return Form.PLACEHOLDER
    if encoded:
        return Form.ENCODED
    if _CRYPT.match(secret):
        return Form.HASHED
    kind = before.rstrip().rpartition(" ")[2].lower()
    if flaps or kind in {"enc", "encrypted", "ciphertext", "cipher", "6", "7", "phash"} or secret.startswith("-AQ=="):
        return Form.ENCRYPTED
    hashed = kind in {"5", "8", "9", "10", "sha512", "hash", "password-hash", "hash-password", "localizedkey"}
    return Form.HASHED if hashed else Form.PLAIN


def masks_of(lines: Sequence[str]) -> tuple[str, ...]:
    """Every mask in lines that are masked, in their order."""
    return tuple(found[0] for line in lines for found in _MASK.finditer(line))
