"""What the files script is asked about single files, once its listing is known."""

from __future__ import annotations

from collections.abc import Sequence

from ospatrol.collect.at_once import Wanted, look_at_once
from ospatrol.collect.attributes import describe_everything, describe_files, has_odd_name
from ospatrol.collect.dialogue import Dialogue
from ospatrol.collect.digests import hash_files, prefixed, words_in
from ospatrol.collect.plan import Plan
from ospatrol.collect.snapshot import Answers
from ospatrol.collect.tools import Tools
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.text import show_bytes

_REASONS = {b"=denied": Reason.DENIED, b"=vanished": Reason.VANISHED}
_ATTRIBUTES = frozenset({"acl", "xattr", "caps", "selinux"})


async def point(talk: Dialogue, plan: Plan, root: bytes) -> list[Failure]:
    """Fill in what links lead to, where the listing could not say; those that the host could not tell."""
    if not plan.to_point:
        return []
    paths = prefixed(plan.paths(plan.to_point), root)
    with plan.folded():
        answer = await talk.ask("point", paths)
    failures = []
    targets = [piece[1:] for piece in answer.split(b"\0")[:-1]]
    targets += [b""] * (len(plan.to_point) - len(targets))
    for at, target in zip(plan.to_point, targets, strict=False):
        plan.targets[at] = target
        if not target:
            what, reason = show_bytes(plan.path(at)), talk.stopped or Reason.ERROR
            failures.append(Failure(what=what, reason=reason, detail="what it links to was not read"))
    return failures


async def ask(talk: Dialogue, plan: Plan, tools: Tools, root: bytes) -> Answers:
    """Everything that the plan wants to know of contents and attributes; digests go right into the plan."""
    odd = not plan.everything or has_odd_name(plan.entries)
    found = None
    if plan.few_files and not talk.stopped:
        found = await look_at_once(talk, _everything(plan, root, odd=odd), tools)
    if found is not None and found.digests:
        plan.set_words(plan.to_hash, words_in(found.digests))
        lost: list[int] = []
    else:
        lost = await hash_files(talk, plan, tools, root)
    reasons = await _explain(talk, plan, lost, root) if tools.hasher(0) else []
    if found is not None and found.attributes is not None:
        attributes = found.attributes
    elif not odd and not tools.selinux:
        with plan.folded():
            attributes = await describe_everything(talk, tools, root)
    else:
        described = plan.paths((*plan.to_describe, *(plan.to_label if tools.selinux else ())))
        with plan.folded():
            attributes = await describe_files(talk, described, tools, root)
    if attributes and plan.everything and not tools.selinux:
        links = set(plan.paths(plan.to_label))  # of which getfattr tells too, if it finds them by itself
        attributes = {path: attributes[path] for path in attributes if path not in links}
    unknown = {failure.what for failure in tools.missing} if not talk.stopped else _ATTRIBUTES
    return Answers(
        lost=dict(zip(lost, reasons, strict=True)) if reasons else dict.fromkeys(lost, Reason.ERROR),
        attributes=attributes,
        unknown=frozenset(unknown) & _ATTRIBUTES,
    )


def _everything(plan: Plan, root: bytes, *, odd: bool) -> Wanted:
    paths = prefixed(plan.few_files, root)
    return Wanted(paths=paths, size_bytes=sum(plan.sizes), describe=not odd, root=root)


async def _explain(talk: Dialogue, plan: Plan, lost: Sequence[int], root: bytes) -> list[Reason]:
    """Why files were not hashed, in their order."""
    if not lost or talk.stopped:
        return [talk.stopped or Reason.ERROR] * len(lost)
    paths = prefixed(plan.paths(lost), root)
    with plan.folded():
        answers = (await talk.ask("explain", paths)).split(b"\0")[:-1]
    reasons = [_REASONS.get(answer, Reason.ERROR) for answer in answers][: len(paths)]
    return reasons + [talk.stopped or Reason.ERROR] * (len(paths) - len(reasons))
