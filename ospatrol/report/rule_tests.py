"""What tests of rules came to: totals, JSON, JUnit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

import msgspec


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a test demands; empty for what it does not ask.

    Attributes:
        rule: A rule's id.
        level: Its level; None if the test names none.
        decoder: A decoder's name.
    """

    rule: str = ""
    level: int | None = None
    decoder: str = ""

    def __str__(self) -> str:
        parts = [f"rule {self.rule or 'none'}"]
        parts += [] if self.level is None else [f"level {self.level}"]
        parts += [f"decoder {self.decoder}"] if self.decoder else []
        return ", ".join(parts)


class Actual(Expected, frozen=True, kw_only=True):
    """What the line was judged as.

    Attributes:
        fields: What was decoded.
        description: Of the rule, with the line's values.
    """

    fields: dict[str, str] = msgspec.field(default_factory=dict)
    description: str = ""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One test.

    Attributes:
        file: Where it is written.
        line: Its line there.
        section: What it belongs to.
        key: Its name there.
        fires: Whether the line must be judged as expected; otherwise it must not.
        expected: What the test names.
        actual: What came.
        passed: Whether that is as demanded.
        reason: Why it could not be judged, or what is wrong with the outcome; empty for the others.
        assessed: Whether it could be judged.
    """

    file: str
    line: int
    section: str
    key: str
    fires: bool
    expected: Expected
    actual: Actual
    passed: bool
    reason: str = ""
    assessed: bool = True


class Totals(msgspec.Struct, kw_only=True):
    """How many tests passed, failed, and could not be judged."""

    passed: int = 0
    failed: int = 0
    not_assessed: int = 0

    def __str__(self) -> str:
        unknown = f", {self.not_assessed:,} not assessed" if self.not_assessed else ""
        return f"{self.passed:,} passed, {self.failed:,} failed{unknown}"


class TestReport(msgspec.Struct, frozen=True, kw_only=True):
    """All that a run of tests came to, as JSON."""

    passed: int
    failed: int
    not_assessed: int
    cases: Sequence[Case]


def totals(cases: Iterable[Case]) -> Totals:
    """Of some tests."""
    found = Totals()
    for case in cases:
        if not case.assessed:
            found.not_assessed += 1
        elif case.passed:
            found.passed += 1
        else:
            found.failed += 1
    return found


def by_file(cases: Iterable[Case]) -> Mapping[str, Sequence[Case]]:
    """The tests of each file, in their order."""
    files: dict[str, list[Case]] = {}
    for case in cases:
        files.setdefault(case.file, []).append(case)
    return files


def as_json(cases: Sequence[Case]) -> str:
    """The report as JSON."""
    found = totals(cases)
    report = TestReport(passed=found.passed, failed=found.failed, not_assessed=found.not_assessed, cases=cases)
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()


def as_text(cases: Sequence[Case]) -> Iterator[str]:
    """The report for a person, line by line: totals by file, then what failed, then what could not be judged."""
    files = by_file(cases)
    width = max(map(len, files), default=0)
    for name, own in files.items():
        yield f"{name:<{width}}  {totals(own)}"
    for case in cases:
        if case.assessed and not case.passed:
            yield f"{case.file}:{case.line}: [{case.section}] {case.key}: {told(case)}"
    reasons: dict[str, list[Case]] = {}
    for case in cases:
        if not case.assessed:
            reasons.setdefault(case.reason, []).append(case)
    for reason, unknown in reasons.items():
        where = ", ".join(f"{case.file}:{case.line}" for case in unknown[:3])
        yield f"{len(unknown):,} not assessed: {reason}: {where}{', ...' if len(unknown) > 3 else ''}"
    yield str(totals(cases))


def told(case: Case) -> str:
    """What is wrong with the outcome of a test."""
    if case.reason:
        return case.reason
    return f"expected {'' if case.fires else 'anything but '}{case.expected}; got {case.actual}"


def as_junit(cases: Sequence[Case]) -> Iterator[str]:
    """The report in JUnit's XML, line by line: a suite a file."""
    every = totals(cases)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<testsuites tests="{len(cases)}" failures="{every.failed}" skipped="{every.not_assessed}">'
    for name, own in by_file(cases).items():
        found = totals(own)
        head = f'tests="{len(own)}" failures="{found.failed}" skipped="{found.not_assessed}"'
        yield f"  <testsuite name={quoteattr(name)} {head}>"
        for case in own:
            yield from _junit_case(case)
        yield "  </testsuite>"
    yield "</testsuites>"


def _junit_case(case: Case) -> Iterator[str]:
    name = quoteattr(f"{case.section}: {case.key}")
    head = f'    <testcase classname={quoteattr(case.file)} name={name} file={quoteattr(case.file)} line="{case.line}"'
    if case.assessed and case.passed:
        yield f"{head}/>"
        return
    yield f"{head}>"
    said = told(case)
    if case.assessed:
        yield f"      <failure message={quoteattr(said)}>{escape(said)}</failure>"
    else:
        yield f"      <skipped message={quoteattr(said)}/>"
    yield "    </testcase>"
