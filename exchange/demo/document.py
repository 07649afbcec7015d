"""The demonstration's own document: a công văn set in the layout of NĐ 30/2020/NĐ-CP, Phụ lục I.

It is set with typst as tagged PDF/A-2a, with blanks where the number, the day and the month will stand. It
knows one form (the công văn) and no other: an office sets its own documents with its own tools.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import signer.form
from pki.errors import UsageError

_TEMPLATE = Path(__file__).with_name("cong-van.typ")
_FONTS = Path(signer.form.__file__).with_name("fonts")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDocument:
    """What the document says. Every text is printed as it stands here; none is markup.

    `agency` is the issuing body's name in its printed lines, `superior` the body above it, where the layout
    names one; `symbol` is the part after the slash ("UBND-VP"); `subject` follows "V/v"; `authority` is what
    stands above the signatory's title ("TM. …", "KT. …"). `prepared_at` becomes the file's creation date, so
    that equal facts give equal bytes. Raises `ValueError` for an empty name or a time without a zone.
    """

    agency: tuple[str, ...]
    superior: str | None = None
    symbol: str
    place: str
    year: int
    subject: str
    recipients: tuple[str, ...]
    paragraphs: tuple[str, ...]
    copies: tuple[str, ...]
    authority: tuple[str, ...] = ()
    title: str
    signatory: str
    prepared_at: datetime

    def __post_init__(self) -> None:
        lists = (self.agency, self.recipients, self.paragraphs, self.copies)
        texts = (self.symbol, self.place, self.subject, self.title, self.signatory)
        if not all(lists) or not all(text.strip() for text in (*sum(lists, ()), *texts)):
            raise ValueError("a demonstration document leaves no name and no text empty")
        if self.prepared_at.tzinfo is None:
            raise ValueError("prepared_at needs a time zone")


DEMO_DOCUMENT = DemoDocument(
    agency=("ỦY BAN NHÂN DÂN", "TỈNH THANH SƠN"),
    symbol="UBND-VP",
    place="Thanh Sơn",
    year=2026,
    subject="triển khai ký số hai lớp và gửi, nhận văn bản điện tử giữa các cơ quan",
    recipients=("Sở Tài nguyên số tỉnh Thanh Sơn",),
    paragraphs=(
        (
            "Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ về công tác văn thư; "
            "căn cứ Quyết định số 28/2018/QĐ-TTg ngày 12 tháng 7 năm 2018 của Thủ tướng Chính phủ về việc "
            "gửi, nhận văn bản điện tử giữa các cơ quan trong hệ thống hành chính nhà nước, Ủy ban nhân dân "
            "tỉnh đề nghị Sở Tài nguyên số tỉnh Thanh Sơn thực hiện các nội dung sau:"
        ),
        (
            "1. Văn bản điện tử phát hành phải có chữ ký số của người có thẩm quyền và chữ ký số của cơ "
            "quan. Số và thời gian ban hành được cấp sau khi người có thẩm quyền đã ký, không làm thay đổi "
            "nội dung đã ký."
        ),
        (
            "2. Khi tiếp nhận, văn thư cơ quan kiểm tra tính xác thực, tính toàn vẹn của văn bản và thông "
            "báo ngay trong ngày cho cơ quan gửi bằng chức năng của Hệ thống."
        ),
        "3. Giữ bằng chứng gửi, nhận và bằng chứng kiểm toán cùng với văn bản để có thể kiểm tra lại về sau.",
        (
            "Trong quá trình thực hiện, nếu có vướng mắc, đề nghị phản ánh về Văn phòng Ủy ban nhân dân tỉnh "
            "để được hướng dẫn./."
        ),
    ),
    copies=("Như trên", "Chủ tịch, các Phó Chủ tịch UBND tỉnh", "Lưu: VT, VP"),
    title="CHỦ TỊCH",
    signatory="Nguyễn Văn Ánh",
    prepared_at=datetime(2026, 11, 22, 1, 0, tzinfo=UTC),
)


def set_document(facts: DemoDocument) -> bytes:
    """Return the document as one PDF/A-2a file (ISO 19005-2), tagged, in one revision and without fields.

    Raises `UsageError` where typst, an optional dependency, is not installed. Takes some tenths of a second
    of processor time: callers on an event loop go through a thread.
    """
    try:
        import typst
    except ImportError as error:
        raise UsageError(
            "The demonstration's document is set with typst, which is not installed.",
            hint="Install the extra `template`: pip install 'congvan[template]'.",
        ) from error
    pdf = typst.compile(
        _TEMPLATE,
        font_paths=[_FONTS],
        ignore_system_fonts=True,
        sys_inputs={"facts": json.dumps(_printed(facts), ensure_ascii=False)},
        pdf_standards=["a-2a"],
        timestamp=facts.prepared_at,
    )
    assert isinstance(pdf, bytes)
    return pdf


def _printed(facts: DemoDocument) -> dict[str, object]:
    printed = asdict(facts)
    del printed["prepared_at"]
    return printed
