"""Commands that are modules of their own, imported when they are used, so that `--help` starts at once."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import click

_SENTENCE = 1000
"""Characters; longer than any."""


class Whole(click.Group):
    """A group whose help shows the whole first sentence of each command."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, in the order of the help."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.get_short_help_str(_SENTENCE)) for name, each in commands if each])


class Lazy(Whole):
    """A group whose commands are the constants COMMAND of modules beside this one.

    Attributes:
        names: Of the commands, in the order of the help.
        prefix: Of their modules: `policy_` for `policy run`.
    """

    names: Sequence[str] = ()
    prefix = ""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order of the help."""
        return list(self.names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command; None if there is none of this name."""
        if cmd_name not in self.names:
            return None
        command = import_module(f"ospatrol.cli.{self.prefix}{cmd_name}").COMMAND
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that a word means; an unknown one gets a suggestion."""
        if args and args[0] not in self.names and not args[0].startswith("-"):
            from ospatrol.load.fields import did_you_mean

            raise click.UsageError(f"no command {args[0]!r}{did_you_mean(args[0], self.names)}", ctx)
        return super().resolve_command(ctx, args)


def verbs(noun: str, *names: str) -> type[Lazy]:
    """The class of the group of a noun with these verbs: `policy run` is in the module `policy_run`."""
    return type("Verbs", (Lazy,), {"names": names, "prefix": f"{noun}_"})
