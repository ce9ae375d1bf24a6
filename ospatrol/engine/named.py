"""The tests of whole events that OSSEC's rules call by name (`compiled_rule`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ospatrol.model.event import Event

_CRAWLERS = (
    "66.249.",
    "72.14.",
    "209.85.",
    "65.55.",
    "207.46.",
    "74.6.",
    "72.30.",
    "67.195.",
)
_LONG_ID = 10
_TARGET = re.compile(r"Target Account Name:(.*?)(?:\t|  |$)", re.DOTALL)
_CALLER = re.compile(r"Caller User Name:(.*?)(?:\t|  |$)", re.DOTALL)


def _same_user(event: Event) -> bool:
    source, destination = event.fields.get("srcuser"), event.fields.get("dstuser")
    return source is None or destination is None or source == destination


def _other_account(event: Event) -> bool:
    target, caller = _TARGET.search(event.log), _CALLER.search(event.log)
    return target is not None and caller is not None and target[1].strip() != caller[1].strip()


def _simple_request(event: Event) -> bool:
    url = event.fields.get("url")
    return url is not None and (url == "/" or "?" not in url)


NAMED: Mapping[str, Callable[[Event], bool]] = {
    "comp_srcuser_dstuser": _same_user,
    "check_id_size": lambda event: len(event.fields.get("id") or "") >= _LONG_ID,
    "comp_mswin_targetuser_calleruser_diff": _other_account,
    "is_simple_http_request": _simple_request,
    "is_valid_crawler": lambda event: event.log.startswith(_CRAWLERS),
}
"""By the name that rules use."""
