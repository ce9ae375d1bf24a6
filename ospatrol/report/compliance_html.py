"""A compliance report as one HTML file that needs nothing beside it: no server, no network, no framework."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from hashlib import sha256
from importlib.resources import files as package_files
from typing import TextIO

from ospatrol.report.compliance import ComplianceFormat, ComplianceReport
from ospatrol.report.compliance_index import index_json
from ospatrol.report.compliance_markup import Markup, element, joined
from ospatrol.report.compliance_panels import filters, panels
from ospatrol.report.compliance_summary import header, summary
from ospatrol.report.compliance_text import readable

_STYLE = (package_files("ospatrol.report") / "compliance_html.css").read_text(encoding="utf-8")
_SCRIPT = (package_files("ospatrol.report") / "compliance_html.js").read_text(encoding="utf-8")


def write_html(report: ComplianceReport, out: TextIO) -> None:
    """The page: summary and waivers as HTML, findings as JSON that its script draws rows from as they are looked at.

    Nothing but the two inline parts whose hashes the page itself names can run or style anything, and nothing can
    be fetched or sent.
    """
    report = readable(report)
    out.write("<!doctype html>\n")
    out.write('<html lang="en">\n')
    out.write(element("head", *_head()) + "\n<body>\n")
    out.write(header(report) + "\n")
    out.write(element("main", *summary(report), filters(report), *panels(report), id="main") + "\n")
    # inside a script element only "</script" and "<!--" mean anything, and the JSON holds no "<"
    out.write('<script type="application/json" id="report">')
    out.write(index_json(report))
    out.write("</script>\n")
    out.write(element("script", Markup(_SCRIPT)) + "\n</body>\n</html>\n")


def _head() -> Iterator[Markup]:
    yield element("meta", charset="utf-8")
    policy = (
        f"default-src 'none'; script-src '{_hash(_SCRIPT)}'; style-src '{_hash(_STYLE)}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )
    yield element("meta", http_equiv="Content-Security-Policy", content=policy)
    yield element("meta", name="viewport", content="width=device-width, initial-scale=1")
    yield element("meta", name="color-scheme", content="light dark")
    yield element("meta", name="referrer", content="no-referrer")
    yield element("title", "Compliance report - OSPatrol")
    yield joined(Markup("<style>"), Markup(_STYLE), Markup("</style>"))


def _hash(text: str) -> str:
    """As a content security policy names an inline part (CSP 3 §2.3.1)."""
    return f"sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}"


FORMAT = ComplianceFormat(name="html", suffix=".html", write=write_html)
