"""Whatever stands in a report, no format breaks and nothing in it steers a terminal, a parser or a browser."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from enum import Enum
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ospatrol.model.place import Place
from ospatrol.report.compliance import ComplianceReport, for_host, hosts_of
from ospatrol.report.compliance_cklb import write_cklb
from ospatrol.report.compliance_csv import COLUMNS, write_csv
from ospatrol.report.compliance_html import write_html
from ospatrol.report.compliance_json import write_json
from ospatrol.report.compliance_junit import write_junit
from ospatrol.report.compliance_ocsf import VERSION, write_ocsf
from ospatrol.report.compliance_sarif import write_sarif

pytestmark = pytest.mark.no_cover

jsonschema = pytest.importorskip("jsonschema")
SCHEMAS = Path(__file__).parent / "schemas"
STEERS = re.compile(
    r"[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
SEEDS = (
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]>",
    "<img src=x onerror=alert(1)>",
    "\"'`&amp;&#x3c;",
    "\x1b[31m\x9b2J\x07\x00\r\n\t",
    "\u202eexe.fdp\u2066\u200f",
    "\ud800\udcff\ufffe\uffff",
    '=HYPERLINK("http://x","y")',
    "@SUM(1)\n=1",
    "{{7*7}}${7*7}",
    "%s%n\\u003c\\",
    "javascript:alert(1)",
    'https://x/" onclick="alert(1)',
    "\u00e9\u6f22\u5b57\U0001f6e1",
    "x" * 100_000,
    "<b>" * 40_000,
)
hostile = st.one_of(st.sampled_from(SEEDS), st.text(st.characters(), max_size=40))
checked = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def poisoned(value: object, poison: str) -> object:
    """The value with the poison before and behind every text, the same for the same text."""
    match value:
        case Enum() | bool() | int() | float() | None:
            return value
        case str():
            return poison + value + poison
        case tuple():
            return tuple(poisoned(each, poison) for each in value)
        case dict():
            return {poisoned(name, poison): poisoned(each, poison) for name, each in value.items()}
        case msgspec.Struct():
            names = value.__struct_fields__
            if isinstance(value, Place):
                return Place(poison + value.path, value.line)
            fields = {name: poisoned(getattr(value, name), poison) for name in names}
            if getattr(value, "waiver", None) == "":
                fields["waiver"] = ""  # none stays none
            return type(value)(**fields)
    raise TypeError(value)


def written(write: Callable[..., None], report: ComplianceReport) -> str:
    out = io.StringIO(newline="")
    write(report, out)
    return out.getvalue()


def texts_of(value: object) -> list[str]:
    """Every text in JSON, names too."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for each in value for text in texts_of(each)]
    if isinstance(value, dict):
        return [*value, *texts_of(list(value.values()))]
    return []


def check_json(text: str) -> object:
    assert not STEERS.search(text)
    got = json.loads(text)
    assert not any(STEERS.search(each) for each in texts_of(got))
    return got


@cache
def schema(name: str) -> object:
    if name == "ocsf":
        package = pytest.importorskip("ocsf_json_schema")
        compiled = package.OcsfJsonSchemaEmbedded(package.get_ocsf_schema(version=VERSION))
        return jsonschema.Draft202012Validator(compiled.get_class_schema(class_name="compliance_finding", profiles=[]))
    kind = jsonschema.Draft4Validator if name.startswith("sarif") else jsonschema.Draft202012Validator
    return kind(json.loads((SCHEMAS / name).read_text()))


@checked
@given(poison=hostile)
def test_json(report: ComplianceReport, poison: str) -> None:
    got = check_json(written(write_json, poisoned(report, poison)))

    assert isinstance(got, dict)
    assert len(got["findings"]) == 10


@checked
@given(poison=hostile)
def test_sarif(report: ComplianceReport, poison: str) -> None:
    got = check_json(written(write_sarif, poisoned(report, poison)))

    assert not list(schema("sarif-schema-2.1.0.json").iter_errors(got))
    assert isinstance(got, dict)
    for result in got["runs"][0]["results"]:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9._~/%:-]+", uri)


@checked
@given(poison=hostile)
def test_ocsf(report: ComplianceReport, poison: str) -> None:
    lines = written(write_ocsf, poisoned(report, poison)).splitlines()

    assert len(lines) == 11
    assert not [error for line in lines[:3] for error in schema("ocsf").iter_errors(check_json(line))]


@checked
@given(poison=hostile)
def test_cklb(report: ComplianceReport, poison: str) -> None:
    every = poisoned(report, poison)
    assert isinstance(every, ComplianceReport)

    got = check_json(written(write_cklb, for_host(every, hosts_of(every)[0])))

    assert not list(schema("cklb-1.0.schema.json").iter_errors(got))


@checked
@given(poison=hostile)
def test_csv(report: ComplianceReport, poison: str) -> None:
    text = written(write_csv, poisoned(report, poison))
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))

    assert not STEERS.search(text.replace("\r\n", ""))
    assert text.count("\n") == len(rows) == 12
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for row in rows for cell in row)


@checked
@given(poison=hostile)
def test_junit(report: ComplianceReport, poison: str) -> None:
    text = written(write_junit, poisoned(report, poison))
    root = ET.fromstring(text.encode())

    assert not STEERS.search(text)
    assert not any(
        STEERS.search(each) for element in root.iter() for each in (element.text or "", *element.attrib.values())
    )
    assert len(list(root.iter("testcase"))) == 11


class Page(HTMLParser):
    """What elements and attributes a page has, and its scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shape: list[tuple[str, tuple[str, ...]]] = []
        self.scripts: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.append((tag, tuple(name for name, _ in attrs)))
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "action"}]
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, text: str) -> None:
        if self.shape and self.shape[-1][0] == "script" and self.scripts:
            self.scripts[-1] += text


def read_page(text: str) -> Page:
    page = Page()
    page.feed(text)
    page.close()
    return page


@checked
@given(poison=hostile)
def test_html(report: ComplianceReport, poison: str) -> None:
    clean = read_page(written(write_html, report))

    text = written(write_html, poisoned(report, poison))
    page = read_page(text)

    assert not STEERS.search(text)
    assert page.shape == clean.shape
    assert set(page.addresses) == {"#findings"}
    assert text.lower().count("</script") == text.lower().count("<script") == 2
    assert "<!--" not in text
    check_json(page.scripts[0])
    assert page.scripts[1] == clean.scripts[1]


@pytest.mark.parametrize("write", [write_json, write_sarif, write_ocsf, write_csv, write_junit, write_html])
def test_a_text_of_100_kb_in_every_field_is_cut_and_counted(
    report: ComplianceReport, write: Callable[..., None]
) -> None:
    text = written(write, poisoned(report, "x" * 100_000))

    assert "...(+" in text
    assert len(text) < 20_000_000
