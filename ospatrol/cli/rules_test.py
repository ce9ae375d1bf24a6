"""`ospatrol rules test`: rules held to what their authors promise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ospatrol.cli.exit import ExitStatus
from ospatrol.cli.options import RULESETS

if TYPE_CHECKING:
    from ospatrol.report.rule_tests import Case

_FORMATS = ("text", "json", "junit")
_EPILOG = """\b
Examples:
  ospatrol rules test
  ospatrol rules test rules/ours.yml
  ospatrol rules test --ruleset /srv/wazuh -o junit:rules.xml
  ospatrol rules test --ruleset /srv/ossec /srv/ossec/tests/sshd.ini

With --ruleset, TESTS are OSSEC's or Wazuh's .ini files or folders of them, by default those in DIR/tests. What stands
in DIR/test-ruleset is loaded too.

\b
Exit status: 0 all passed, 2 rules or tests cannot be read, 3 a test failed.
"""


@click.command("test", epilog=_EPILOG, params=[*RULESETS])
@click.argument("tests", nargs=-1, metavar="[TESTS]...")
@click.option(
    "-o", "--output", "outputs", multiple=True, metavar="FORMAT[:FILE]", help="text, json or junit; repeatable."
)
@click.option("--json", "as_json", is_flag=True, help="The same as -o json.")
def COMMAND(
    tests: tuple[str, ...],
    *,
    rulesets: tuple[str, ...],
    dialect: str | None,
    lenient: bool,
    verbose: int,
    outputs: tuple[str, ...],
    as_json: bool,
) -> ExitStatus:
    """Run the tests of rules; TESTS are files, by default those that stand beside the rules."""
    from ospatrol.report.rule_tests import totals

    wanted = _outputs([*outputs, *(["json"] if as_json else [])])
    if rulesets:
        cases = _of_rulesets(rulesets, tests, dialect=dialect, lenient=lenient, verbose=verbose)
    else:
        cases = _own(tests)
    for form, path in wanted:
        _write(form, path, cases)
    return ExitStatus.FINDINGS if totals(cases).failed else ExitStatus.CLEAN


def _of_rulesets(
    rulesets: Sequence[str], tests: Sequence[str], *, dialect: str | None, lenient: bool, verbose: int
) -> Sequence[Case]:
    from ospatrol.cli.engine import say_problems, semantics
    from ospatrol.patrol.rule_tests import log_cases, open_for_tests, read_tests, test_files

    folders = [Path(each) for each in rulesets]
    engine = open_for_tests(folders, semantics(dialect), lenient=lenient)
    say_problems(engine.problems, verbose=verbose)
    return log_cases(engine, read_tests(test_files([Path(each) for each in tests], folders), engine.semantics))


def _own(files: Sequence[str]) -> Sequence[Case]:
    """The tests of OSPatrol's own rules; shipped ones by themselves: a rule of yours may well refine one of them."""
    from ospatrol.cli.engine import own_engine, own_rulebook
    from ospatrol.engine.selftest import run_tests, untested
    from ospatrol.model.errors import UsageError
    from ospatrol.patrol.rule_tests import own_cases, run_line_tests
    from ospatrol.patrol.rules import open_rulebook

    logs = next((each for each in files if each.endswith(".ini")), None)
    if logs:
        raise UsageError(f"{logs}: tests an OSSEC or Wazuh ruleset; name it: --ruleset DIR {logs}")
    rulebook, shipped = own_rulebook(files), open_rulebook(())
    known = shipped.ruleset.rules
    events = [each for each in rulebook.tests if each.rule not in known]
    lines = [each for each in rulebook.log_tests if int(each.rule) not in known]
    bare = untested(rulebook.ruleset, rulebook.tests, rulebook.log_tests)
    if bare:
        click.echo(f"ospatrol: without a test that fires and one that does not: {', '.join(map(str, bare))}", err=True)
    return (
        *own_cases(run_tests(shipped.ruleset, shipped.tests), run_line_tests(own_engine(shipped), shipped.log_tests)),
        *own_cases(run_tests(rulebook.ruleset, events), run_line_tests(own_engine(rulebook), lines)),
    )


def _outputs(given: Sequence[str]) -> list[tuple[str, str]]:
    from ospatrol.load.fields import did_you_mean
    from ospatrol.model.errors import UsageError

    found = []
    for each in given or ("text",):
        form, _, path = each.partition(":")
        if form not in _FORMATS:
            raise UsageError(f"-o {each}: no format {form!r}{did_you_mean(form, _FORMATS)}; {', '.join(_FORMATS)}")
        found.append((form, path))
    if sum(not path for _, path in found) > 1:
        raise UsageError("only one -o can go to standard output; give the others a file: -o junit:FILE")
    return found


def _write(form: str, path: str, cases: Sequence[Case]) -> None:
    from ospatrol.cli.writing import written
    from ospatrol.model.errors import UsageError
    from ospatrol.report.rule_tests import as_json, as_junit, as_text

    match form:
        case "json":
            text = as_json(cases)
        case "junit":
            text = "\n".join(as_junit(cases))
        case _:
            text = "\n".join(as_text(cases))
    if not path:
        click.echo(text)
        return
    try:
        with written(Path(path)) as file:
            file.write(f"{text}\n")
    except OSError as error:
        raise UsageError(f"-o {form}:{path}: cannot be written: {error.strerror}") from error
