"""Accounts, groups, and whether accounts have passwords: passwd(5), group(5), shadow(5)."""

from __future__ import annotations

from collections.abc import Iterator

from ospatrol.collect.state_reading import Reading, Source, file, shell
from ospatrol.model.coverage import Reason
from ospatrol.model.facts import Facts

PASSWD = "/etc/passwd"  # noqa: S105  # a path
_GROUP = "/etc/group"
_NO_SHADOW = 3
_CLOSED = 4
# hashes stay on the host: what is told is whether there is one, and of which scheme
_SHADOW = shell(
    "if [ -e /etc/shadow ]; then f=/etc/shadow d=1; elif [ -e /etc/master.passwd ]; then f=/etc/master.passwd d=0; "
    f"else exit {_NO_SHADOW}; fi; [ -r $f ] || exit {_CLOSED}; "
    'awk -F: -v d=$d \'{ s = "set"; k = ""; c = substr($2, 1, 1); '
    'if ($2 == "") s = "none"; if (c == "!" || c == "*") s = "locked"; '
    'if (match($2, /[$][0-9A-Za-z]+[$]/)) k = substr($2, RSTART + 1, RLENGTH - 2); else if (s == "set") k = "des"; '
    'if (d) print $1 ":" s ":" k ":" $3 ":" $5 ":" $8; else print $1 ":" s ":" k "::" $6 ":" $7 }\' $f'
)
_SCHEMES = {"1": "md5", "2a": "bcrypt", "2b": "bcrypt", "2y": "bcrypt", "5": "sha256", "6": "sha512", "y": "yescrypt",
            "gy": "gost-yescrypt", "7": "scrypt"}  # fmt: skip  # crypt(5)


def homes(facts: Facts) -> Iterator[tuple[str, str, str]]:
    """Name, number and home folder of every account that the host told of."""
    for line in facts.answer(file(PASSWD)).content.split("\n"):
        fields = line.split(":")
        if len(fields) >= 7 and fields[5].startswith("/"):
            yield fields[0], fields[2], fields[5]


def _accounts(reading: Reading) -> None:
    for line in _table(reading, PASSWD):
        name, _, uid, gid, gecos, home, shell_ = (*line.split(":"), *[""] * 6)[:7]
        reading.add(name, uid=uid, gid=gid, gecos=gecos, home=home, shell=shell_)


def _groups(reading: Reading) -> None:
    for line in _table(reading, _GROUP):
        name, _, gid, members = (*line.split(":"), *[""] * 3)[:4]
        reading.add(name, gid=gid, members=",".join(sorted(filter(None, members.split(",")))))


def _passwords(reading: Reading) -> None:
    answer = reading.facts.answer(_SHADOW)
    if answer.status == _NO_SHADOW:
        _passwords_of_passwd(reading)
        return
    if answer.status == _CLOSED:
        reading.miss(Reason.DENIED, "the shadow file: no permission")
        return
    said = reading.output(_SHADOW)
    if said is not None and answer.status:
        reading.miss(Reason.ERROR, f"awk ended with status {answer.status}")
        return
    for line in (said or "").split("\n"):
        fields = line.split(":")
        if len(fields) == 6:
            name, state, scheme, changed, longest, expires = fields
            known = _SCHEMES.get(scheme, scheme)
            reading.add(name, state=state, scheme=known, changed_day=changed, max_days=longest, expires_day=expires)


def _passwords_of_passwd(reading: Reading) -> None:
    """A host without a shadow file has hashes where everybody reads them."""
    for line in _table(reading, PASSWD):
        name, secret = (*line.split(":"), "")[:2]
        state = "none" if not secret else "locked" if secret[0] in "!*x" else "set, readable by all"
        reading.add(name, state=state)


def _table(reading: Reading, path: str) -> list[str]:
    """Lines of accounts; only a line that begins with `#` is a comment."""
    lines = (line.strip() for line in reading.file(path).split("\n"))
    return [line for line in lines if line[:1] in {"+", "-"} or (":" in line and not line.startswith("#"))]


ACCOUNTS = Source(asks=lambda _: (file(PASSWD),), reads=_accounts)
GROUPS = Source(asks=lambda _: (file(_GROUP),), reads=_groups)
PASSWORDS = Source(asks=lambda _: (_SHADOW, file(PASSWD)), reads=_passwords)
