"""The facts that policies need of a host, over one channel: files, directories, processes, output of commands."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence

from ospatrol.collect.facts_answers import plan_questions, read_answer
from ospatrol.collect.facts_dialogue import Asked, FactLimits, FactsDialogue, Frame, open_facts
from ospatrol.collect.facts_packages import packages_in
from ospatrol.collect.facts_secrets import without_secrets
from ospatrol.collect.facts_units import units_in
from ospatrol.model.facts import NOT_ASKED, Answer, Ask, Facts, Question
from ospatrol.transport.connection import Connection

_USUAL = FactLimits()
_BUNDLES = (packages_in, units_in)
_BATCH = 1000  # the script holds a batch in a variable


class _Inquiry:
    """What is known so far, and how to know more.

    Attributes:
        answers: To each question.
    """

    def __init__(self, limits: FactLimits, extra: Collection[str]) -> None:
        self._limits = limits
        self._extra = extra
        self._named: dict[str, bytes] = {}
        self._known: dict[Asked, Answer] = {}
        self._waiting: dict[Asked, tuple[Question, ...]] = {}
        self.answers: dict[Question, Answer] = {}

    def plan(self, questions: Iterable[Question]) -> list[Asked]:
        """What must be asked for some questions; the others are answered."""
        plan = plan_questions((each for each in questions if each not in self.answers), self._extra, self._named)
        self.answers |= plan.answered
        for asked, same in plan.asked.items():
            answer = self._known.get(asked, NOT_ASKED)
            self.answers |= dict.fromkeys(same, answer)
        # nothing is asked twice, whatever became of it
        self._waiting = {asked: same for asked, same in plan.asked.items() if asked not in self._known}
        return list(self._waiting)

    async def ask(self, talk: FactsDialogue, asked: Sequence[Asked]) -> None:
        """Ask what `plan` said."""

        def take(each: Asked, frame: Frame) -> None:
            answer = self._known[each] = without_secrets(read_answer(each, frame, self._limits, talk.user))
            self._named |= {path: path.encode("latin-1") for path in answer.entries if not path.isascii()}
            self.answers |= dict.fromkeys(self._waiting[each], answer)

        for start in range(0, len(asked), _BATCH):
            if not talk.stopped:
                await _ask(talk, asked[start : start + _BATCH], take)


async def _ask(talk: FactsDialogue, asked: Sequence[Asked], take: Callable[[Asked, Frame], None]) -> None:
    """Ask a batch, some of it in bundles; each by itself where that tells nothing."""
    bundles = [bundle for find in _BUNDLES if (bundle := find(asked)) is not None]
    bundled = {each for bundle in bundles for each in bundle.of}
    instead = {each for bundle in bundles for each in bundle.instead}
    others = [each for each in asked if each not in bundled]
    heard: dict[Asked, Frame] = {}

    def listen(each: Asked, frame: Frame) -> None:
        if each in instead:
            heard[each] = frame
        if each in own:
            take(each, frame)

    own = set(others)
    await talk.ask(list(dict.fromkeys((*(each for bundle in bundles for each in bundle.instead), *others))), listen)
    told = {each: frame for bundle in bundles for each, frame in bundle.told(heard).items()}
    for each, frame in told.items():
        take(each, frame)
    left = [each for each in asked if each in bundled and each not in told]
    if left and not talk.stopped:
        await talk.ask(left, take)


async def collect_facts(
    connection: Connection,
    questions: Iterable[Question],
    *,
    follow_up: Callable[[Facts], Iterable[Question]] | None = None,
    limits: FactLimits = _USUAL,
    extra: Collection[str] = (),
    clock: Callable[[], float] = time.time,
) -> Facts:
    """Ask a host questions, all over one channel; hashes of passwords and private keys come back masked.

    Every question has an answer: what was not reached within the limits, or is not allowed, says so.

    Args:
        connection: To the host; its command policy must hold `FACTS_SCRIPT`.
        questions: In any order; what is asked twice is asked once.
        follow_up: What to ask in view of the answers so far, such as the files of a directory; asked again until it
            has nothing new, at most `limits.rounds` times.
        limits: How much of the host's time and output it may take.
        extra: Commands that the workspace allows beside those that are known to only read, exact or as globs.
        clock: Seconds since the epoch, UTC.

    Raises:
        HostError: the host cannot be asked at all, or the connection was cut.
    """
    at, inquiry = clock(), _Inquiry(limits, extra)
    host = connection.target.host

    def facts() -> Facts:
        return Facts(host=host, at=at, answers=dict(inquiry.answers))

    asked = inquiry.plan(questions)
    if not asked and follow_up is None:
        return facts()
    async with open_facts(connection, limits) as talk:
        for left in range(limits.rounds, -1, -1):
            if asked and not talk.stopped:
                await inquiry.ask(talk, asked)
            if follow_up is None or not left:
                break
            new = [each for each in follow_up(facts()) if each not in inquiry.answers]
            if not new:
                break
            asked = inquiry.plan(new)
    return facts()


def shown(questions: Iterable[Question], extra: Collection[str] = ()) -> tuple[str, ...]:
    """What `collect_facts` would send for some questions, a line each, for a person to read before a run."""
    plan = plan_questions(questions, extra)
    lines = []
    for asked, (question, *_) in plan.asked.items():
        lines.append(f"{asked.ask.value} {question.key}".strip())
    for question, answer in plan.answered.items():
        if question.ask is Ask.COMMAND:
            lines.append(f"never sent: {question.key} ({answer.content})")
    return tuple(lines)
