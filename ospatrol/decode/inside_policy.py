"""Wazuh's SCA messages: results of checks and summaries of policies."""

from __future__ import annotations

from collections.abc import Iterator

from ospatrol.decode.internal import Inside, by_name
from ospatrol.decode.json_fields import read_json
from ospatrol.decode.json_text import Json, compact, members, plain_text

_TOLD = ("title", "description", "rationale", "remediation")
_LISTS = ("file", "directory", "registry", "process", "command")
_COUNTS = ("passed", "failed", "invalid", "total_checks")


def decode_policy(text: str) -> Inside | None:
    """A check or a summary; None for what only concerns the manager (`policies`, `dump_end`).

    The caller keeps the result of each check, the hash of each summary, and whether it is the first scan of a policy.
    """
    try:
        message = members(read_json(text))
        if message.get("type") == "check":
            return _check(message, text)
    except ValueError:
        return None
    return _summary(message, text) if message.get("type") == "summary" else None


def _check(message: dict[str, Json], text: str) -> Inside | None:
    check = members(message.get("check"))
    number = plain_text(check.get("id"))
    if number is None:
        return None
    result = plain_text(check.get("result")) or "not applicable"
    pairs = [
        ("sca.type", "check"),
        ("sca.scan_id", plain_text(message.get("id", message.get("scan_id")))),
        ("sca.policy", plain_text(message.get("policy"))),
        ("sca.check.id", number),
        *((f"sca.check.{name}", plain_text(check.get(name))) for name in _TOLD),
        *((f"sca.check.compliance.{key}", plain_text(item)) for key, item in members(check.get("compliance")).items()),
        ("sca.check.references", plain_text(check.get("references"))),
        *_lists(check),
        ("sca.check.result", result),
        ("sca.check.reason", plain_text(check.get("reason"))),
    ]
    fields, names = by_name(pairs)
    policy = plain_text(message.get("policy_id")) or ""
    return Inside(
        decoder="sca", fields=fields, names=names, log=text, full_log=text, key=f"check {policy} {number}", state=result
    )


def _lists(check: dict[str, Json]) -> Iterator[tuple[str, str | None]]:
    for name in _LISTS:
        value = check.get(name)
        if isinstance(value, str):
            split: list[Json] = [*value.split(",")]
            yield f"sca.check.{name}", compact(split) if value else None
        elif isinstance(value, list):
            yield f"sca.check.{name}", compact(value)


def _summary(message: dict[str, Json], text: str) -> Inside:
    counts = {name: plain_text(message.get(name)) for name in _COUNTS}
    fields, names = by_name(
        [
            ("sca.type", "summary"),
            ("sca.scan_id", plain_text(message.get("scan_id"))),
            ("sca.policy", plain_text(message.get("policy", message.get("name")))),
            ("sca.description", plain_text(message.get("description"))),
            ("sca.policy_id", plain_text(message.get("policy_id"))),
            *((f"sca.{name}", count) for name, count in counts.items()),
            ("sca.score", plain_text(message.get("score")) or _score(counts["passed"], counts["failed"])),
            ("sca.file", plain_text(message.get("file"))),
        ]
    )
    policy = plain_text(message.get("policy_id")) or ""
    state = plain_text(message.get("hash")) or ""
    return Inside(
        decoder="sca", fields=fields, names=names, log=text, full_log=text, key=f"summary {policy}", state=state
    )


def _score(passed: str | None, failed: str | None) -> str | None:
    """What is right of what could be decided, in percent."""
    if not passed or not failed or not f"{passed}{failed}".isascii() or not f"{passed}{failed}".isdigit():
        return None
    good, bad = int(passed[:18]), int(failed[:18])
    return str(good * 100 // (good + bad)) if good + bad else "0"
