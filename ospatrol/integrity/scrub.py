"""Text of configuration files without the secrets in it."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING

import msgspec

from ospatrol.integrity.assignments import Assigned, assignments, names_secret
from ospatrol.integrity.columns import column_spans
from ospatrol.integrity.credentials import credential_spans
from ospatrol.model.text import escape_controls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ospatrol.integrity.credentials import Span

_LINE_LIMIT = 8192
_BEGIN = re.compile(r"-----BEGIN (?P<label>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?|OpenVPN Static key V\d)-----")
_PUTTY = re.compile(r"\s*Private-Lines:\s*(\d{1,4})\s*")
_PENDING = re.compile(
    r"<(?:key|name|param-name|string)>\s*([^<>]{1,80}?)\s*</|\b(?:name|key|id|property)\s*=\s*[\"']([^\"']{1,80})[\"']"
)
_VALUE = re.compile(r"<(?:string|value|data|param-value)>([^<]*)|\bvalue\s*=\s*(?:\"([^\"]*)|'([^']*))")


def scrub(content: bytes, path: bytes, key: bytes) -> str:
    r"""The text with each secret in it as `<secret:1f3a90c2>`, one printable line a line, fit to keep and to compare.

    Known are PEM and PuTTY private keys, values under names such as password, secret, token, key, community or psk in
    the syntaxes of INI, shell, YAML, JSON, XML and property lists, passwords in URLs, Authorization and cookie
    headers, crypt(3) hashes, tokens that their form gives away, and the secret columns of shadow(5), htpasswd, .pgpass,
    ppp and sasl files. Where it is unclear where a secret ends, all up to the line's end goes. A secret under a name
    that nobody would recognise stays; do not keep the text of files that hold little else.

    The eight digits are of a keyed hash (HMAC-SHA256): another secret shows as another mask, and nobody can try out
    guesses without the key.

    Args:
        content: The file; invalid UTF-8 shows as `\xff`.
        path: Raw bytes; some files are known by their names.
        key: The installation's own, at least 16 random bytes.
    """
    lines = content.decode("utf-8", "surrogateescape").split("\n")
    return "\n".join(escape_controls(line, 2 * _LINE_LIMIT) for line in _Scrubber(path, key).lines(lines))


class _Block(msgspec.Struct):
    """Lines that belong to a secret that began earlier.

    Attributes:
        until: The secret ends with the line that holds this.
        deeper: It goes on as long as lines are indented deeper than this.
        count: It goes on for so many lines.
    """

    until: str = ""
    deeper: int = -1
    count: int = 0


class _Scrubber:
    """Goes through a file once; knows whether it is inside a secret of several lines."""

    def __init__(self, path: bytes, key: bytes) -> None:
        self._path = path
        self._key = key
        self._block: _Block | None = None
        self._named = False

    def lines(self, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            yield self._limited(line.removesuffix("\r"))

    def _limited(self, line: str) -> str:
        if len(line) <= _LINE_LIMIT:
            return self._line(line)
        rest = line[_LINE_LIMIT:]
        return f"{self._line(line[:_LINE_LIMIT])}...(+{len(rest)} {self._mask(rest)})"

    def _line(self, line: str) -> str:
        if self._block is not None:
            inside = self._inside(self._block, line)
            if inside is not None:
                return inside
        begin = _BEGIN.search(line)
        if begin:
            return self._private_key(line, begin)
        putty = _PUTTY.fullmatch(line)
        if putty:
            self._block = _Block(count=int(putty[1]))
            return line
        return self._plain(line)

    def _inside(self, block: _Block, line: str) -> str | None:
        """The line masked, if it is part of the block; None if the block ended before it."""
        if block.until:
            before, end, after = line.partition(block.until)
            if end:
                self._block = None
                return f"{self._masked(before)}{end}{self._line(after) if after else ''}"
            return self._masked(line)
        if block.count > 0:
            block.count -= 1
            return self._masked(line)
        indent = len(line) - len(line.lstrip())
        closing = line.strip()[:1] in {"]", "}", ")"}
        if block.deeper >= 0 and not closing:
            is_item = indent == block.deeper and line.lstrip().startswith("- ")
            if not line.strip() or indent > block.deeper or is_item:
                return self._masked(line)
        self._block = None
        return None

    def _private_key(self, line: str, begin: re.Match[str]) -> str:
        end_mark = f"-----END {begin['label']}-----"
        head, rest = line[: begin.end()], line[begin.end() :]
        inside, end, after = rest.partition(end_mark)
        if end:
            return f"{self._plain(head)}{self._masked(inside)}{end}{self._line(after)}"
        self._block = _Block(until=end_mark)
        return f"{self._plain(head)}{self._masked(rest)}"

    def _plain(self, line: str) -> str:
        spans = [*column_spans(line, self._path), *credential_spans(line, self._path), *self._named_values(line)]
        for assigned in assignments(line, self._path):
            spans.append(assigned.span)
            self._open(assigned, line)
        return self._without(line, spans)

    def _open(self, assigned: Assigned, line: str) -> None:
        if assigned.until:
            self._block = _Block(until=assigned.until)
        elif assigned.continues:
            self._block = _Block(count=1)
        elif assigned.opens:
            self._block = _Block(deeper=len(line) - len(line.lstrip()))

    def _named_values(self, line: str) -> Iterator[Span]:
        """Values whose name stands beside them or on the line before: `<name>password</name><value>...</value>`."""
        named = any(names_secret(found[1] or found[2]) for found in _PENDING.finditer(line))
        if named or self._named:
            yield from (found.span(found.lastindex or 0) for found in _VALUE.finditer(line))
        self._named = named

    def _without(self, line: str, spans: Iterable[Span]) -> str:
        shown: list[str] = []
        at = 0
        for start, stop in sorted(spans):
            if stop > at:
                if start >= at:
                    shown.append(line[at:start])
                shown.append(self._masked(line[max(at, start) : stop]))
                at = stop
        return "".join(shown) + line[at:]

    def _masked(self, text: str) -> str:
        """The text's mask, with the blanks around it kept."""
        secret = text.strip()
        if not secret:
            return text
        start = text.index(secret)
        return text[:start] + self._mask(secret) + text[start + len(secret) :]

    def _mask(self, secret: str) -> str:
        digest = hmac.new(self._key, secret.encode("utf-8", "surrogateescape"), "sha256")
        return f"<secret:{digest.hexdigest()[:8]}>"
