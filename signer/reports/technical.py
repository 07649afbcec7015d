"""The facts for whoever wants to check by other means, folded away."""

import base64
from collections.abc import Iterator, Sequence

from pki.words import N_
from signer.policy import Policy
from signer.report import Report, SignatureReport
from signer.reports.cards import part, row
from signer.reports.markup import Markup, element, together
from signer.reports.reader import Reader


def technical(
    report: Report, signatures: Sequence[SignatureReport], policy: Policy, reader: Reader
) -> Markup:
    """Return the technical facts of the examination and of each signature."""
    parts = [
        together(
            (
                element("h3", element("span", str(number), class_="mark"), " ", part(each, reader)),
                element("dl", *_signature(each, reader)),
            )
        )
        for number, each in enumerate(signatures, 1)
    ]
    summary = element("summary", reader.say(N_("Technical facts")))
    return element(
        "details", summary, element("dl", *_examination(report, policy, reader)), *parts, class_="technical"
    )


def _examination(report: Report, policy: Policy, reader: Reader) -> Iterator[Markup]:
    say = reader.say
    state = report.verdict.indication.value
    if report.verdict.sub_indication is not None:
        state += f" / {report.verdict.sub_indication}"
    yield row(say(N_("Result (EN 319 102-1)")), element("code", state))
    if report.sha256 is not None:
        yield row(say(N_("SHA-256 of the file")), element("code", report.sha256))
    asked = (
        f"require={policy.require} revocation={policy.revocation} offline={'yes' if policy.offline else 'no'}"
    )
    yield row(say(N_("Policy")), element("code", asked))
    if report.policy is not None:
        yield row(say(N_("Policy file")), element("code", report.policy))
    yield row(say(N_("Trusted roots")), str(len(policy.anchors.roots)))


def _signature(each: SignatureReport, reader: Reader) -> Iterator[Markup]:
    say = reader.say
    state = each.verdict.indication.value
    if each.verdict.sub_indication is not None:
        state += f" / {each.verdict.sub_indication}"
    yield row(say(N_("Result (EN 319 102-1)")), element("code", state))
    yield row(say(N_("Field")), element("code", each.field))
    if each.algorithm is not None:
        yield row(say(N_("Algorithm")), element("code", each.algorithm))
    if (bound := each.binding) is not None:
        yield row(say(N_("Kind of signature")), element("code", bound.sub_filter))
        yield row(say(N_("Revision of the file")), str(bound.revision))
        yield row(say(N_("Covered bytes")), element("code", " ".join(map(str, bound.byte_range))))
        digest = base64.b64encode(bound.message).decode("ascii")
        yield row(say(N_("Digest of the covered bytes")), element("code", f"{bound.digest} {digest}"))
    for link in each.links:
        numbers = element("code", f"{link.serial} · SHA-256 {link.sha256}")
        yield row(say(N_("Certificate")), element("bdi", link.name), " ", numbers)
