"""What devices said: captured texts as facts, and the configurations in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ospatrol.dialect.config_statements import in_force
from ospatrol.dialect.config_tree import parse_config, platform_named
from ospatrol.model.facts import Answer, Ask, Facts, Question, State
from ospatrol.model.policy import Check, Policy, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ospatrol.model.config import Config

PLATFORM = Question(Ask.COMMAND, "device platform")
"""What answers with the platform of a device, such as `cisco_ios`; no host that is none has such an answer."""

_SAME = (
    ("show running-config", "show run", "more system:running-config", "show running-config all", "write term"),
    (
        *("show configuration", "show configuration | display set", "show configuration | display set | no-more"),
        *("show configuration | no-more", "show configuration | display omit", "show configuration commands"),
        *('clish -c "show configuration"', "show configuration commands | no-more"),
    ),
    ("get config", "get config all"),
    ("show", "show full-configuration", "show | grep ."),
    ("/export", "/export verbose", "/export terse"),
)
"""Commands whose outputs say the same, as far as a policy is concerned."""

_REFUSED = re.compile(
    r"% ?(?:invalid|incomplete|ambiguous|unknown|authorization|bad|permission|error)|command authorization failed"
    r"|error: |(?:syntax error|unknown (?:command|keyword))\b|permission denied|% ?access",
    re.IGNORECASE | re.ASCII,
)
"""What a device answers instead of a configuration."""

_HIDDEN = "ACCESS-DENIED"  # JunOS, instead of what a login may not see
_SHORT = 20  # lines; a longer answer is no refusal


def facts_of(host: str, at: float, captures: Mapping[str, str | State], *, platform: str) -> Facts:
    """What a device said, as judging wants it.

    Args:
        host: The inventory name.
        at: When it was asked: seconds since the epoch, UTC.
        captures: Commands and their whole outputs, secrets masked; a state instead of an output says why there is
            none. What is not named was not asked.
        platform: By any of its names, such as `cisco_ios` or `ios`.
    """
    answers = {Question(Ask.COMMAND, command): _answer(said) for command, said in captures.items()}
    answers[PLATFORM] = Answer(state=State.OK, content=platform_named(platform), status=0)
    return Facts(host=host, at=at, answers=answers)


def _answer(said: str | State) -> Answer:
    if isinstance(said, State):
        return Answer(state=said)
    return Answer(state=State.OK, content=said.encode("utf-8", "surrogateescape").decode("latin-1"), status=0)


def platform_of(facts: Facts) -> str | None:
    """The platform of a device; None if it is none."""
    answer = facts.answer(PLATFORM)
    return answer.content.strip() if answer.state is State.OK else None


def is_for_devices(policy: Policy) -> bool:
    """Whether a policy is about configurations of devices."""
    return any(rule.target is Target.CONFIG for check in _checks(policy) for rule in check.rules)


def _checks(policy: Policy) -> tuple[Check, ...]:
    """The checks of a policy, its requirement first."""
    return (*((policy.requirement,) if policy.requirement else ()), *policy.checks)


def suits(policy: Policy, platform: str) -> bool:
    """Whether a policy is for devices of a platform."""
    return is_for_devices(policy) and means(policy.platforms, platform)


def means(platforms: Iterable[str], platform: str) -> bool:
    """Whether a platform is one of some, by whatever name; none mean all."""
    names = {platform_named(each) for each in platforms}
    return not names or platform_named(platform) in names


def device_questions(policies: Iterable[Policy], platform: str = "") -> tuple[str, ...]:
    """The commands whose output judging needs, each once, in the order of the policies.

    Args:
        policies: Those that are about no device ask for nothing.
        platform: Of the device, so that policies for others ask for nothing; empty for all policies.
    """
    asked: dict[str, None] = {}
    for policy in policies:
        if platform and not suits(policy, platform):
            continue
        for check in _checks(policy):
            asked |= {rule.locations[0]: None for rule in check.rules if rule.target is Target.CONFIG}
    return tuple(asked)


def running_config_of(policies: Iterable[Policy], platform: str) -> str:
    """The command under which a configuration that came in a file is kept; empty if no policy is for its platform."""
    return next(iter(device_questions(policies, platform)), "")


class Captured:
    """The configurations that a device's facts hold; each is read once.

    Attributes:
        platform: Of the device; None if it is none.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.platform = platform_of(facts)
        self._read: dict[str, tuple[Config | None, str]] = {}

    def config(self, source: str) -> tuple[Config | None, str]:
        """A configuration, in force, and why some or all of it is missing; empty if nothing is.

        Args:
            source: The command whose output it is, or one that says the same.
        """
        found = self._read.get(source)
        if found is None:
            found = self._read[source] = self._config(source)
        return found

    def _config(self, source: str) -> tuple[Config | None, str]:
        answers = [self._facts.answer(Question(Ask.COMMAND, name)) for name in same_as(source)]
        answer = next((each for each in answers if each.state in {State.OK, State.CUT}), None)
        if answer is None:
            told = next((each.state for each in answers if each.state is not State.NOT_ASKED), State.NOT_ASKED)
            return None, f"{told.value}: {source}"
        content = answer.content.replace("\r\n", "\n")
        refused = _refusal(content)
        if refused:
            return None, f"the device answered {refused}: {source}"
        config = in_force(parse_config(content, self.platform or ""))
        if not config.blocks:
            return None, f"the device answered nothing: {source}"
        if answer.state is State.CUT or config.cut:
            return config, f"{State.CUT.value}: {source}"
        return config, f"the login may not see all of it: {source}" if _HIDDEN in content else ""


def same_as(source: str) -> tuple[str, ...]:
    """A command and those whose output says the same."""
    others = next((group for group in _SAME if source in group), ())
    return (source, *(other for other in others if other != source))


def _refusal(content: str) -> str:
    """The line in which a device refuses a command; empty if it does not."""
    if content.count("\n", 0, 4096) > _SHORT or len(content) > 4096:
        return ""
    return next((line.strip() for line in content.split("\n") if _REFUSED.match(line.strip())), "")
