"""What a host has, as it says itself: a script of our own that changes nothing."""

from __future__ import annotations

import msgspec

from ospatrol.model.command import Command, Script
from ospatrol.model.text import show_bytes

_MOST_LINES = 200

PROBE = Command(
    script=Script(
        name="probe",
        text="""\
say() { printf '%s=%s\\n' "$1" "$2"; }
say system "$(uname -srm 2>/dev/null)"
say user "$(id -un 2>/dev/null || id -u 2>/dev/null)"
case $(find --version 2>/dev/null; find --help 2>&1) in
*GNU*) say userland GNU ;;
*BusyBox*) say userland busybox ;;
*) say userland BSD ;;
esac
find / -prune -printf '' >/dev/null 2>&1 && say has 'find -printf'
stat -c %s / >/dev/null 2>&1 && say has 'stat -c'
stat -f %z / >/dev/null 2>&1 && ! stat -c %s / >/dev/null 2>&1 && say has 'stat -f'
printf '' | xargs -0 true >/dev/null 2>&1 && say has 'xargs -0'
for tool in find head dd sha256sum shasum sha256 openssl digest getfacl getfattr getcap dpkg-query rpm; do
    command -v "$tool" >/dev/null 2>&1 && say has "$tool"
done
say end end
""",
    )
)
HASHERS = ("openssl", "sha256sum", "shasum", "sha256", "digest")
LISTERS = ("find -printf", "stat -c", "stat -f")
OPTIONAL = ("xargs -0", "getfacl", "getfattr", "getcap")


class Userland(msgspec.Struct, frozen=True, kw_only=True):
    """What a host said; escaped.

    Attributes:
        system: Kernel, release and machine.
        user: Who the script ran as.
        flavour: `GNU`, `busybox` or `BSD`.
        tools: What is there of what collectors can use.
    """

    system: str = ""
    user: str = ""
    flavour: str = ""
    tools: tuple[str, ...] = ()

    @property
    def lacking(self) -> tuple[str, ...]:
        """What nothing can be collected without."""
        wanted = {"a way to list (find -printf or stat)": LISTERS, "a hasher (sha256sum, openssl ...)": HASHERS}
        return tuple(name for name, any_of in wanted.items() if not set(any_of) & set(self.tools))


def read_userland(output: bytes) -> Userland:
    """What the probe printed; what it did not is empty.

    Args:
        output: Untrusted.
    """
    words: dict[str, list[str]] = {}
    for line in output.splitlines()[:_MOST_LINES]:
        name, _, value = line.partition(b"=")
        words.setdefault(show_bytes(name, 20), []).append(show_bytes(value, 100))
    return Userland(
        system="".join(words.get("system", [])[:1]),
        user="".join(words.get("user", [])[:1]),
        flavour="".join(words.get("userland", [])[:1]),
        tools=tuple(words.get("has", [])),
    )
