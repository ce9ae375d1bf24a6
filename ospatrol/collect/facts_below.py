"""The facts of a tree that lies below a folder of a host: an image, a chroot, a mounted disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import msgspec

from ospatrol.collect.facts import collect_facts
from ospatrol.collect.facts_dialogue import FactLimits
from ospatrol.model.facts import Answer, Ask, Facts, Question, State
from ospatrol.transport.connection import Connection

_OF_PATHS = frozenset({Ask.FILE, Ask.DIRECTORY})


async def collect_facts_below(
    root: str,
    connection: Connection,
    questions: Iterable[Question],
    *,
    follow_up: Callable[[Facts], Iterable[Question]],
    limits: FactLimits,
    clock: Callable[[], float] = time.time,
) -> Facts:
    """Ask about the files of a tree as if its folder were the root; see `collect_facts`.

    Commands and processes would tell of the host and not of the tree: they are not asked for. Absolute symbolic links
    lead out of the tree, as they do for whoever looks at it from outside.

    Args:
        root: The folder: absolute, in ASCII, without a slash at its end.
        connection: To the host.
        questions: Whose paths are those of the tree.
        follow_up: What to ask in view of the answers so far.
        limits: How much of the host's time and output it may take.
        clock: Seconds since the epoch, UTC.

    Raises:
        HostError: the host cannot be asked at all, or the connection was cut.
    """
    never: dict[Question, Answer] = {}
    refused = Answer(state=State.NOT_ALLOWED, content=f"it would tell of the host, not of what is below {root}")

    def below(asked: Iterable[Question]) -> list[Question]:
        wanted = list(asked)
        never.update((each, refused) for each in wanted if not _is_of_tree(each))
        return [Question(each.ask, root + each.key) for each in wanted if _is_of_tree(each)]

    def told(facts: Facts) -> Facts:
        answers = {Question(each.ask, each.key[len(root) :]): _inside(root, of) for each, of in facts.answers.items()}
        return msgspec.structs.replace(facts, answers={**answers, **never})

    facts = await collect_facts(
        connection,
        below(questions),
        follow_up=lambda facts: below(follow_up(told(facts))),
        limits=limits,
        clock=clock,
    )
    return told(facts)


def _is_of_tree(question: Question) -> bool:
    """Whether it asks for something below the root, and not for what lies beside it."""
    return question.ask in _OF_PATHS and ".." not in question.key.split("/")


def _inside(root: str, answer: Answer) -> Answer:
    if not answer.entries:
        return answer
    return msgspec.structs.replace(answer, entries=tuple(entry.removeprefix(root) for entry in answer.entries))
