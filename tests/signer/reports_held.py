"""What every report is held to: its JSON to the schema, its page to the rules of HTML."""

import json
from pathlib import Path
from typing import Any

import html5lib
import jsonschema

import signer.reports
from signer.policy import Policy
from signer.report import Report
from signer.reports.html import html_page
from signer.reports.reader import Reader

SCHEMA = json.loads(Path(signer.reports.__file__).with_name("report.schema.json").read_text(encoding="utf-8"))
_VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def held_by_schema(report: Report) -> None:
    """Fail for a report whose JSON breaks the schema, or has a key that the schema does not tell of."""
    said = json.loads(json.dumps(report.as_json()))
    _VALIDATOR.validate(said)
    known = SCHEMA["$defs"] | {"report": SCHEMA}
    assert said.keys() <= known["report"]["properties"].keys()
    for each in (*said["signatures"], *said["document_timestamps"]):
        assert each.keys() <= known["signature"]["properties"].keys()


def page_of(report: Report, policy: Policy, images: Any = (), name: str = "a.pdf") -> str:
    return html_page(name, report, images, policy, Reader("en", str)).decode()


def parsed(page: str) -> Any:
    """Parse by the rules of HTML; whatever breaks one of them is an error."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


def attributes(page: str) -> list[tuple[str, str, str]]:
    """Every element's attributes: tag, name, value."""
    elements = [each for each in parsed(page).iter() if isinstance(each.tag, str)]
    return [(each.tag, str(name), value) for each in elements for name, value in each.attrib.items()]
