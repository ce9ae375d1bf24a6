"""From questions to what a host is asked, and from what it said to answers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec

from ospatrol.collect.command_policy import Refused, allowed
from ospatrol.collect.facts_beside import Company, Shares, company_of
from ospatrol.collect.facts_dialogue import Asked, FactLimits, Frame
from ospatrol.model.facts import Answer, Ask, Question, State

_THERE = frozenset({b"O", b"S", b"N"})
_MISSING = Answer(state=State.MISSING)
_KNOWN = 4096  # commands: those of a few policies, which a fleet is asked over and over
_GREP_TROUBLE = 2  # POSIX: an error; 1 is that nothing was found
_NOT_FOUND = 127  # POSIX 2.8.2: no such program
_NOT_EXECUTABLE = 126
_TIMED_OUT = frozenset({124, 137, 143})  # timeout(1); 128 + SIGKILL and SIGTERM
_ROOT = b"0"
# what programs say to a user who is not root, in the C locale: on any line, and if they failed
_COMPLAINT = re.compile(rb"^[\w./+-]+: [^\n]*(?:Permission denied|Operation not permitted|EACCES|EPERM)", re.MULTILINE)
_CONFESSION = re.compile(
    rb"permission denied|not permitted|must be root|must be run as root|need to be root|are you root|superuser|"
    rb"root privileges|not authorized|authentication is required|access denied|insufficient privileges|"
    rb"only root|as root\b|non-root user|no hostkeys available|enough privilege|must be privileged|may not view|"
    rb"cannot open /etc/",
    re.IGNORECASE,
)


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of some questions.

    Attributes:
        asked: What the host is asked, each thing once, with all questions that it answers.
        answered: What is known without asking: commands that are not allowed, paths that cannot be.
    """

    asked: Mapping[Asked, tuple[Question, ...]]
    answered: Mapping[Question, Answer]


def plan_questions(
    questions: Iterable[Question], extra: Collection[str] = (), named: Mapping[str, bytes] | None = None
) -> Planned:
    """What a host would be asked for some questions, for a run or for showing what one would send.

    Args:
        questions: In any order; doubles are asked once.
        extra: Commands that the workspace allows, exact or as globs.
        named: The bytes of paths that a directory's answer gave, by the text that it gave for them.
    """
    asked: dict[Asked, tuple[Question, ...]] = {}
    answered: dict[Question, Answer] = {}
    for question in dict.fromkeys(questions):
        words = _words(question, extra, named or {})
        if isinstance(words, Answer):
            answered[question] = words
        else:
            company = _company(question)
            one = Asked(ask=question.ask, words=words, alone=company.alone, shares=company.shares)
            asked[one] = (*asked.get(one, ()), question)
    return Planned(asked=asked, answered=answered)


def _company(question: Question) -> Company:
    match question.ask:
        case Ask.COMMAND:
            return company_of(question.key)
        case Ask.FILE:
            return Company(shares=Shares.ALL)
        case Ask.DIRECTORY | Ask.PROCESSES:
            return Company()


def _words(question: Question, extra: Collection[str], named: Mapping[str, bytes]) -> tuple[bytes, ...] | Answer:
    key = question.key
    match question.ask:
        case Ask.PROCESSES:
            return ()
        case Ask.COMMAND:
            return _command_words(key, tuple(extra))
        case Ask.FILE | Ask.DIRECTORY:
            path = named.get(key) or _encoded(key)
            if not path.startswith(b"/") or b"\0" in path:
                return _MISSING
            return (path.rstrip(b"/") if question.ask is Ask.DIRECTORY else path,)


@lru_cache(maxsize=_KNOWN)
def _command_words(key: str, extra: tuple[str, ...]) -> tuple[bytes, ...] | Answer:
    decision = allowed(key, extra)
    if isinstance(decision, Refused):
        return Answer(state=State.NOT_ALLOWED, content=decision.reason)
    return tuple(_encoded(word) for word in decision.words)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def read_answer(asked: Asked, frame: Frame, limits: FactLimits, user: bytes) -> Answer:
    """What the host said to a question.

    Args:
        asked: The question.
        frame: What it said.
        limits: From where on it is cut.
        user: The number of the user that it was asked as.
    """
    if frame.state not in _THERE:
        states = {b"M": State.MISSING, b"K": State.OTHER_KIND, b"P": State.NO_PERMISSION}
        return Answer(state=states.get(frame.state, State.NOT_ASKED))
    cut = len(frame.content) > limits.item_bytes or frame.status is None
    content = frame.content[: limits.item_bytes]
    match asked.ask:
        case Ask.FILE:
            return _file(content, frame, cut=cut)
        case Ask.DIRECTORY:
            return _directory(asked.words[0], content, frame, limits, cut=cut, user=user)
        case Ask.PROCESSES:
            return _output(_without_heading(content), frame, cut=cut, user=_ROOT)
        case Ask.COMMAND if user != _ROOT and _is_silent_grep(asked.words, content, frame):
            return Answer(state=State.NO_PERMISSION)
        case Ask.COMMAND:
            return _output(content, frame, cut=cut, user=user)


def _file(content: bytes, frame: Frame, *, cut: bool) -> Answer:
    text = content.decode("latin-1")
    if cut:
        return Answer(state=State.CUT, content=text)
    if frame.status == 0:
        return Answer(state=State.OK, content=text)
    late = frame.status in _TIMED_OUT
    return Answer(state=State.TIMEOUT if late else State.NO_PERMISSION, content=text)


def _directory(top: bytes, content: bytes, frame: Frame, limits: FactLimits, *, cut: bool, user: bytes) -> Answer:
    paths = content.split(b"\0")
    del paths[-1]  # nothing, or a part of a path
    # find of BSD has two slashes where the top ends with one
    entries = sorted(top + b"/" + path[len(top) :].lstrip(b"/") for path in paths)
    cut = cut or len(entries) > limits.entries
    if cut:
        state = State.CUT
    elif frame.status in _TIMED_OUT:
        state = State.TIMEOUT
    elif frame.status == _NOT_FOUND:
        state = State.NOT_FOUND
    elif frame.status != 0:
        state = State.CUT if user == _ROOT else State.NO_PERMISSION
    else:
        state = State.OK
    return Answer(state=state, entries=tuple(path.decode("latin-1") for path in entries[: limits.entries]))


def _output(content: bytes, frame: Frame, *, cut: bool, user: bytes) -> Answer:
    status = None if cut or frame.status in _TIMED_OUT else frame.status
    return Answer(
        state=_output_state(content, frame, cut=cut, user=user), content=content.decode("latin-1"), status=status
    )


def _output_state(content: bytes, frame: Frame, *, cut: bool, user: bytes) -> State:
    if cut:
        return State.CUT
    if frame.status in _TIMED_OUT:
        return State.TIMEOUT
    if frame.status == _NOT_FOUND:
        return State.NOT_FOUND
    if frame.status == _NOT_EXECUTABLE:
        return State.NO_PERMISSION
    if user != _ROOT and (_COMPLAINT.search(content) or (frame.status != 0 and _CONFESSION.search(content))):
        return State.NO_PERMISSION
    return State.OK


def _is_silent_grep(words: Sequence[bytes], content: bytes, frame: Frame) -> bool:
    """Whether grep(1) met a file that it could not read, and was told by `-s` not to say so."""
    return not content and frame.status == _GREP_TROUBLE and any(b"grep" in word for word in words)


def _without_heading(content: bytes) -> bytes:
    """A list of processes without the heading that busybox and some Unixes write."""
    heading, _, rest = content.partition(b"\n")
    return rest if heading.strip() in {b"COMMAND", b"ARGS", b"CMD"} else content
