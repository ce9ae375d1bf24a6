"""How to become another user: the words before the shell, and how a password is asked for."""

from __future__ import annotations

import re

import msgspec

from ospatrol.model.errors import ElevationFailed
from ospatrol.model.host import Become, BecomeMethod
from ospatrol.model.secret import Secret
from ospatrol.transport.quoting import quote

# words that every login shell takes between single quotes: csh replaces `!` even there
_UNSAFE = re.compile(r"[!\x00-\x1f\x7f]|^-|^$")
# what su, PAM and doas print in the C locale: `Password: `, `doas (user@host) password: `
_TERMINAL_PROMPT = re.compile(rb"(?i:password|passphrase|passcode)[^\n]{0,80}[:?]\s*\Z")


class Elevation(msgspec.Struct, frozen=True, kw_only=True):
    """The start of a command line that becomes another user.

    Attributes:
        program: What it is called in messages; empty where nobody is become.
        words: What goes before the shell's own words.
        one_word: Whether the shell and its arguments follow as one word, which another login shell reads (su).
        prompt: Matches the end of what the program prints when it wants the password.
        password: What to answer.
        terminal: Whether the program takes its password from a terminal only.
        patient: Whether the program may read standard input before the shell does, so that nothing may be sent yet.
    """

    program: str = ""
    words: tuple[str, ...] = ()
    one_word: bool = False
    prompt: re.Pattern[bytes] = _TERMINAL_PROMPT
    password: Secret | None = None
    terminal: bool = False
    patient: bool = False

    def argv(self, shell: tuple[str, ...]) -> tuple[str, ...]:
        """The whole command line that runs a shell as the other user."""
        if not self.one_word:
            return (*self.words, *shell)
        return (*self.words, "exec " + " ".join(quote(word) for word in shell))


def elevation(become: Become | None, host: str, nonce: str) -> Elevation:
    """How to do what the target asks for.

    Args:
        become: As the target has it; None for the login's own rights.
        host: For messages.
        nonce: Makes sudo's prompt one that nothing else prints.

    Raises:
        ElevationFailed: a name in it cannot be given to every login shell.
    """
    if become is None:
        return Elevation()
    for word in (become.user, become.program or become.method.value):
        if _UNSAFE.search(word):
            raise ElevationFailed(f"{host}: {word!r} cannot be passed to {become.method}; take another name")
    match become.method:
        case BecomeMethod.SUDO:
            return _sudo(become, nonce)
        case BecomeMethod.SU:
            return _su(become)
        case BecomeMethod.DOAS:
            return _doas(become)


def _sudo(become: Become, nonce: str) -> Elevation:
    program = become.program or "sudo"
    if become.password is None:
        return Elevation(program="sudo", words=(program, "-n", "-u", become.user, "--"))
    prompt = f"[{nonce}] password:"
    return Elevation(
        program="sudo",
        words=(program, "-S", "-p", prompt, "-u", become.user, "--"),
        # where PAM asks for more than the account's password, sudo shows PAM's prompt instead of ours
        prompt=re.compile(re.escape(prompt.encode()) + rb"\s*\Z|" + _TERMINAL_PROMPT.pattern),
        password=become.password,
        patient=True,
    )


def _su(become: Become) -> Elevation:
    # `su USER -c TEXT` is the order that Linux, busybox and the BSDs share
    return Elevation(
        program="su",
        words=("env", "LC_ALL=C", "LANGUAGE=C", become.program or "su", become.user, "-c"),
        one_word=True,
        password=become.password,
        terminal=become.password is not None,
        patient=True,
    )


def _doas(become: Become) -> Elevation:
    program = become.program or "doas"
    words = ("env", "LC_ALL=C", "LANGUAGE=C", program, "-u", become.user, "--")
    if become.password is None:
        return Elevation(program="doas", words=(*words[:4], "-n", *words[4:]))
    return Elevation(program="doas", words=words, password=become.password, terminal=True, patient=True)
