"""What every report is held to: its JSON, XML and page to the rules of each."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import html5lib
import jsonschema
from lxml import etree
from pyhanko.generated.etsi import ts_11910202
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig
from xsdata.formats.dataclass.serializers import XmlSerializer

import signer.reports
from signer.policy import Policy
from signer.report import Report
from signer.reports.etsi import etsi_xml
from signer.reports.html import html_page
from signer.reports.reader import Reader
from signer.reports.verifier import Verifier

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


def page_of(report: Report, policy: Policy, images: Any = (), name: str = "a.pdf", **more: Any) -> str:
    return html_page(name, report, images, policy, Reader("en", str), **more).decode()


def parsed(page: str) -> Any:
    """Parse by the rules of HTML; whatever breaks one of them is an error."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


def attributes(page: str) -> list[tuple[str, str, str]]:
    """Every element's attributes: tag, name, value."""
    elements = [each for each in parsed(page).iter() if isinstance(each.tag, str)]
    return [(each.tag, str(name), value) for each in elements for name, value in each.attrib.items()]


_READER = XmlParser(
    config=ParserConfig(
        fail_on_unknown_properties=True, fail_on_unknown_attributes=True, fail_on_converter_warnings=True
    )
)


def held_by_etsi(report: Report, policy: Policy, verifier: Verifier | None = None) -> Any:
    """Fail for XML that ETSI's schema does not allow; return its root.

    pyHanko carries classes generated from the schema (V1.2.1, in which what we write is the same). They
    refuse what they do not know, and write what they have read in the schema's order: so it must come out
    unchanged.
    """
    xml = etsi_xml(report, policy, verifier)
    root = etree.fromstring(xml)
    names = root.xpath("//@id")
    assert len(names) == len(set(names))
    assert {each for every in root.xpath("//@VOReference") for each in every.split()} <= set(names)
    known = xml.replace(b"http://uri.etsi.org/19102/v1.4.1#", ts_11910202.__NAMESPACE__.encode())
    read = _READER.from_bytes(known, ts_11910202.ValidationReport)
    _whole(read)
    again = etree.fromstring(XmlSerializer().render(read).encode())
    assert list(_flat(again)) == list(_flat(etree.fromstring(known)))
    return root


def _whole(value: Any) -> None:
    """Fail where the schema requires something that is not there."""
    for each in dataclasses.fields(value):
        held = getattr(value, each.name)
        assert held is not None or not each.metadata.get("required"), each.name
        for inner in held if isinstance(held, list | tuple) else (held,):
            if dataclasses.is_dataclass(inner):
                _whole(inner)


def _flat(root: Any) -> Iterator[tuple[str, str, dict[str, str]]]:
    for each in root.iter():
        plain = {
            str(name): value for name, value in each.attrib.items() if "XMLSchema-instance" not in str(name)
        }
        yield each.tag, (each.text or "").strip(), plain
