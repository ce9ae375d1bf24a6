"""`ospatrol completion`: shell completion."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_EPILOG = """\b
Examples:
  ospatrol completion bash > ~/.local/share/bash-completion/completions/ospatrol
  ospatrol completion zsh > "${fpath[1]}/_ospatrol"
  ospatrol completion fish > ~/.config/fish/completions/ospatrol.fish
"""


@click.command("completion", epilog=_EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def COMMAND(shell: str) -> None:
    """Print the script that makes SHELL complete ospatrol's commands and options."""
    from ospatrol.cli.main import cli

    completion = get_completion_class(shell)
    if completion is None:
        raise click.UsageError(f"no completion for {shell}")
    # its source() for bash runs bash to learn the version; the script itself is all that is wanted here
    script = completion(cli, {}, "ospatrol", "_OSPATROL_COMPLETE")
    click.echo(script.source_template % script.source_vars())
