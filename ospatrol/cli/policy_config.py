"""Configurations in files, such as backups, as what devices said; for `ospatrol policy evaluate --config`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from click import Option

if TYPE_CHECKING:
    from ospatrol.model.facts import Facts
    from ospatrol.model.policy import Policy

CONFIGS = (
    Option(
        ["--config", "configs"],
        multiple=True,
        metavar="FILE",
        help="Judge the configuration in a file, such as a backup, not what hosts said; repeatable.",
    ),
    Option(
        ["--platform"],
        metavar="NAME",
        help="What the configurations are of, such as cisco_ios. [default: what the named policies are for]",
    ),
)

_LARGEST_BYTES = 64 << 20


def config_facts(files: Sequence[str], platform: str | None, policies: Sequence[Policy]) -> Iterator[Facts]:
    """A device for each file, of the file's name; its secrets are masked before anything looks at it.

    Args:
        files: As the person named them.
        platform: None to take that of the policies.
        policies: That will judge.

    Raises:
        UsageError: a file cannot be read, or it is not known what it is of, or no policy is for that.
        ConfigErrors: a device profile cannot be used.
    """
    from ospatrol.comply.network_facts import facts_of, running_config_of
    from ospatrol.model.errors import UsageError

    platform = platform or _platform_of(policies)
    command = running_config_of(policies, platform)
    if not command:
        raise UsageError(f"no policy is for {platform!r}; `ospatrol policy list` shows what they are for")
    names = [Path(each).stem for each in files]
    for file, name in zip(files, names, strict=True):
        text, at = _text(file)
        host = name if names.count(name) == 1 else file
        yield facts_of(host, at, {command: masked(text, platform)}, platform=platform)


def _platform_of(policies: Sequence[Policy]) -> str:
    from ospatrol.comply.network_facts import is_for_devices
    from ospatrol.model.errors import UsageError

    named = {policy.platforms for policy in policies if policy.platforms and is_for_devices(policy)}
    if len(named) != 1:
        raise UsageError("say `--platform`, such as cisco_ios, or name the one policy to judge by")
    return named.pop()[0]


def _text(file: str) -> tuple[str, float]:
    """The text of a file, and when it was last written."""
    from ospatrol.model.errors import UsageError

    try:
        with Path(file).open("rb") as opened:
            content = opened.read(_LARGEST_BYTES + 1)
        at = Path(file).stat().st_mtime
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror or error}") from error
    if len(content) > _LARGEST_BYTES:
        raise UsageError(f"{file}: more than {_LARGEST_BYTES >> 20} MiB is no configuration")
    return content.decode("utf-8", "surrogateescape").replace("\r\n", "\n"), at


def masked(text: str, platform: str) -> str:
    """A configuration with the secrets masked that the profile of its platform, or the general one, names.

    The key is a new one each time: the masks tell which secrets of the text are alike, and nothing else.

    Raises:
        ConfigErrors: a device profile cannot be used.
    """
    import secrets

    from ospatrol.integrity.config_profile import ReadyProfile
    from ospatrol.integrity.config_secrets import mask_lines
    from ospatrol.patrol.config_profiles import GENERAL, ProfileLibrary

    library = ProfileLibrary()
    general = library.profiles[GENERAL]
    ready = ReadyProfile(general, general) if library.named(platform) is None else library.ready(platform)
    return "\n".join(mask_lines(text.split("\n"), ready, secrets.token_bytes(32)).lines)
