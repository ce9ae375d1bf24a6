"""A device profile with its patterns compiled, together with what holds on every platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ospatrol.integrity.config_patterns import AnyPattern, LinePattern, WhichPatterns, patterns_of, refused
from ospatrol.model.device_profile import NAMED, Written
from ospatrol.model.errors import ConfigErrors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ospatrol.model.device_profile import DeviceProfile, Secret, SecretBlock


class ReadySecret:
    """A line's secret, ready to be looked for."""

    def __init__(self, secret: Secret, *, general: bool) -> None:
        self.name = secret.name
        self.flaps = secret.flaps
        self.general = general
        self.pattern = LinePattern(secret.pattern)
        self._within = LinePattern(secret.within) if secret.within else None
        self._outside = LinePattern(secret.outside) if secret.outside else None

    @property
    def placed(self) -> bool:
        """Whether it matters what a line is below."""
        return self._within is not None or self._outside is not None

    def holds(self, above: Sequence[str]) -> bool:
        """Whether it is looked for below these lines."""
        if self._within and not any(self._within.matches(line) for line in above):
            return False
        return not (self._outside and any(self._outside.matches(line) for line in above))


class ReadyBlock:
    """A secret of several lines, ready to be looked for."""

    def __init__(self, block: SecretBlock) -> None:
        self.name = block.name
        self.flaps = block.flaps
        self.begins = LinePattern(block.begins)
        self.ends = LinePattern(block.ends)


class ReadyProfile:
    """All that is known of a platform, ready to be used on what its devices say.

    Attributes:
        profile: As it was read.
        refused: What error messages look like.
        volatile: Lines that say nothing.
        changed_by: Who changed the configuration.
        notable: Whether a line is anything else than a part of the configuration that stays as it is: what is asked of
            all lines together before each is looked at.
        secrets: The platform's, then those of every platform.
        suspects: Which of their patterns are found in a line.
        blocks: Likewise.
        opens: Whether a line may open a secret of several lines.
        harmless: Words that are no secret.
        ordered_blocks: Blocks among whose children the order matters.
        ordered_lines: Lines whose order matters.
        topics: What a line is about; the platform's first.

    Args:
        profile: The platform's.
        general: What holds on every platform.

    Raises:
        ConfigErrors: every pattern that cannot be used, at its line.
    """

    def __init__(self, profile: DeviceProfile, general: DeviceProfile) -> None:
        problems = refused((*_all_patterns(profile), *_all_patterns(general)))
        if problems:
            raise ConfigErrors(problems)
        secrets = (*profile.secrets, *general.secrets)
        blocks = (*profile.secret_blocks, *general.secret_blocks)
        self.profile = profile
        self.refused = AnyPattern((*profile.refused, *general.refused))
        self.volatile = AnyPattern((*profile.volatile, *general.volatile))
        self.changed_by = patterns_of((*profile.changed_by, *general.changed_by))
        self.secrets = tuple(ReadySecret(each, general=each in general.secrets) for each in secrets)
        self.suspects = WhichPatterns(secret.pattern for secret in secrets)
        self.blocks = tuple(ReadyBlock(block) for block in blocks)
        self.opens = AnyPattern(block.begins for block in blocks)
        self.notable = AnyPattern(
            (
                *(each.pattern for each in secrets),
                *(each.begins for each in blocks),
                *(*profile.volatile, *general.volatile),
                *(*profile.changed_by, *general.changed_by),
            )
        )
        self.harmless = frozenset(word.lower() for word in (*profile.harmless, *general.harmless))
        self.ordered_blocks = AnyPattern((*profile.ordered_blocks, *general.ordered_blocks))
        self.ordered_lines = patterns_of((*profile.ordered_lines, *general.ordered_lines))
        self.topics = tuple(
            (name, AnyPattern(patterns)) for each in (profile, general) for name, patterns in each.topics.items()
        )

    def topic(self, section: str) -> str:
        """What a block or a line is about, by the texts of the blocks that it is in and its own; else `other`."""
        return next((name for name, pattern in self.topics if pattern.matches(section)), "other")


def about(written: Written, name: str) -> Written:
    """A pattern of a step, about the virtual system of a name that was found valid."""
    literal = "".join(char if char.isalnum() or char == "_" else f"\\{char}" for char in name)
    return Written(written.text.replace(NAMED, literal), written.place)


def _all_patterns(profile: DeviceProfile) -> Iterator[Written]:
    contexts = profile.contexts
    for capture in (*profile.captures, *(contexts.captures if contexts else ())):
        yield from (each for each in (capture.begins, capture.ends, capture.absent) if each)
    if contexts:
        asked = (
            contexts.several,
            contexts.until,
            contexts.total,
            *(each for step in contexts.steps for each in (step.prompt, step.said)),
        )
        yield from (*contexts.names, *(about(each, "x") for each in asked if each))
    for secret in profile.secrets:
        yield from (each for each in (secret.pattern, secret.within, secret.outside) if each)
    for block in profile.secret_blocks:
        yield from (block.begins, block.ends)
    yield from (*profile.refused, *profile.volatile, *profile.changed_by, *profile.syslog)
    yield from (*profile.ordered_blocks, *profile.ordered_lines)
    for patterns in profile.topics.values():
        yield from patterns
