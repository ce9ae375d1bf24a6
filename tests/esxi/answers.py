"""What a host would answer that printed given texts: facts without a host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ospatrol.collect.esxi_questions import questions, then
from ospatrol.model.facts import Answer, Ask, Facts, Question, State
from tests.esxi.printed import Guest, guest_list
from tests.esxi.recorded import recordings

GONE = """(vmodl.fault.ManagedObjectNotFound) {
   msg = "The object has already been deleted or has not been completely created"
}
"""
"""What is said of a guest that is not there."""


def esxi_facts(
    guests: Iterable[Guest] = (),
    *,
    says: Mapping[str, str | Answer] | None = None,
    files: Mapping[str, str | Answer] | None = None,
) -> Facts:
    """Facts of the host that was written down by hand, with guests, and with other answers to some questions."""
    guests = tuple(guests)
    said: dict[str, str | Answer] = {**recordings(), "vim-cmd vmsvc/getallvms": guest_list(guests)}
    for guest in guests:
        said[f"vim-cmd vmsvc/get.summary {guest.number}"] = guest.summary()
        said[f"vim-cmd vmsvc/get.config {guest.number}"] = guest.config()
        said[f"vim-cmd vmsvc/snapshot.get {guest.number}"] = guest.snapshot_list()
    said |= says or {}
    there = files or {}
    facts = _answered(questions(), said, there)
    return Facts(host="esx1", at=1.0, answers={**facts.answers, **_answered(then(facts), said, there).answers})


def _answered(asked: Iterable[Question], said: Mapping[str, str | Answer], files: Mapping[str, str | Answer]) -> Facts:
    return Facts(host="esx1", at=1.0, answers={each: _answer(each, said, files) for each in asked})


def _answer(question: Question, said: Mapping[str, str | Answer], files: Mapping[str, str | Answer]) -> Answer:
    match question.ask:
        case Ask.DIRECTORY:
            given = files.get(question.key)
            entries = tuple(sorted(path for path in files if path.startswith(f"{question.key}/")))
            return given if isinstance(given, Answer) else Answer(state=State.OK, entries=entries)
        case Ask.FILE:
            given = files.get(question.key, Answer(state=State.MISSING))
        case _:
            words = question.key.replace('\\"', "\0").replace('"', "").replace("\0", '"').replace("\\\\", "\\")
            given = said.get(words, Answer(state=State.OK, content=GONE, status=1))
    if isinstance(given, Answer):
        return given
    return Answer(state=State.OK, content=given.encode("utf-8", "surrogateescape").decode("latin-1"), status=0)
