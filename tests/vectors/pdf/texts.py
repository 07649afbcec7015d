"""What the vectors say: four documents of agencies that exist nowhere, as values and as HTML."""

from dataclasses import dataclass
from pathlib import Path
from string import Template

STATE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"


@dataclass(frozen=True, kw_only=True)
class Text:
    """One document; `number` and `date` are printed as they stand, blanks in the office's manner."""

    agency: tuple[str, ...]
    superior: str = ""
    number: str
    date: str
    kind: str = ""  # empty: a công văn, whose subject stands under the number
    subject: str
    recipient: str = ""
    body: tuple[str, ...]
    copies: tuple[str, ...] = ("Như trên", "Lưu: VT")
    titles: tuple[str, ...]
    signatory: str


_BODY = (
    (
        "Thực hiện Kế hoạch chuyển đổi số của tỉnh năm 2026, cơ quan đề nghị các đơn vị rà soát danh mục văn "
        "bản điện tử, bảo đảm văn bản gửi đi có đủ chữ ký số của người có thẩm quyền và của cơ quan."
    ),
    (
        "1. Văn bản giấy chỉ phát hành trong các trường hợp pháp luật quy định; các trường hợp khác gửi, "
        "nhận hoàn toàn trên Hệ thống."
    ),
    (
        "2. Báo cáo kết quả thực hiện trước ngày 15 tháng 12 năm 2026; số liệu lấy đến hết ngày 30 tháng 11 "
        "năm 2026."
    ),
    "Đề nghị các đơn vị quan tâm phối hợp thực hiện./.",
)

DISPATCH = Text(
    superior="UBND TỈNH THANH SƠN",
    agency=("SỞ TÀI NGUYÊN SỐ",),
    number="Số:         /STNS-VP",
    date="Thanh Sơn, ngày       tháng       năm 2026",
    subject="rà soát danh mục văn bản điện tử",
    recipient="Các phòng, đơn vị trực thuộc Sở",
    body=_BODY,
    titles=("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"),
    signatory="Trần Thị Bích",
)
DECISION = Text(
    agency=("ỦY BAN NHÂN DÂN", "TỈNH THANH SƠN"),
    number="Số:           /QĐ-UBND",
    date="Thanh Sơn, ngày ..... tháng ..... năm 2026",
    kind="QUYẾT ĐỊNH",
    subject="Về việc ban hành Quy chế quản lý chữ ký số của các cơ quan nhà nước",
    body=(
        "Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ về công tác văn thư;",
        "Theo đề nghị của Giám đốc Sở Tài nguyên số tại Tờ trình số 12/TTr-STNS ngày 02 tháng 11 năm 2026.",
        "Điều 1. Ban hành kèm theo Quyết định này Quy chế quản lý chữ ký số của các cơ quan nhà nước.",
        "Điều 2. Quyết định này có hiệu lực kể từ ngày ký.",
    ),
    copies=("Như Điều 2", "Lưu: VT, NC"),
    titles=("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"),
    signatory="Nguyễn Văn An",
)
MONTH_PRINTED = Text(
    agency=("ỦY BAN NHÂN DÂN", "XÃ SUỐI MƠ"),
    number="Số: ……… /UBND-VP",
    date="Suối Mơ, ngày …… tháng 11 năm 2026",
    subject="chuẩn bị kỳ họp cuối năm",
    recipient="Các thôn trên địa bàn xã",
    body=_BODY[1:],
    titles=("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"),
    signatory="Lê Hoàng Ân",
)
NOTICE = Text(
    superior="UBND TỈNH THANH SƠN",
    agency=("VĂN PHÒNG",),
    number="Số:|/TB-VP",  # "|" is a gap without characters
    date="Thanh Sơn, ngày|tháng|năm 2026",
    kind="THÔNG BÁO",
    subject="Lịch tiếp công dân quý I năm 2027",
    body=_BODY * 3,
    titles=("CHÁNH VĂN PHÒNG",),
    signatory="Phạm Quốc Ưu",
)

_PAGE = Template(Path(__file__).with_name("page.html").read_text())


def html(text: Text) -> str:
    """Return the document as one HTML page, for browsers and for other printers of HTML."""
    subject = f'<div class="subject">V/v {text.subject}</div>' if not text.kind else ""
    return _PAGE.substitute(
        superior=f'<div class="superior">{text.superior}</div>' if text.superior else "",
        agency="<br>".join(text.agency),
        state=STATE,
        motto=MOTTO,
        number=_blanks(text.number) + subject,
        date=_blanks(text.date),
        heading=f"<h1>{text.kind}</h1><p>{text.subject}</p>" if text.kind else "",
        to=f'<p class="to">Kính gửi: {text.recipient}</p>' if text.recipient else "",
        body="".join(f"<p>{line}</p>" for line in text.body),
        copies=";<br>".join(f"- {name}" for name in text.copies),
        titles="<br>".join(text.titles),
        signatory=text.signatory,
        title=text.subject,
    )


def _blanks(line: str) -> str:
    return f'<span class="pre">{line}</span>'.replace("|", '<span class="gap"></span>')
