"""Whether a header and a seal name one agency: by cases, and by rules that hold for every name."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signer.agency import Compared, Heading
from signer.comparing import compared
from signer.spelling import bare, is_clear, is_disguised, letters, spelled

PROVINCE, DEPARTMENT = "UBND TỈNH THANH SƠN", "SỞ TÀI NGUYÊN SỐ"
SAME, ABOVE, RELATED, OTHER, UNCLEAR, *_, UNACCENTED = Compared

CASES = [
    (("ỦY BAN NHÂN DÂN", "TỈNH THANH SƠN"), 0, "Ủy ban nhân dân tỉnh Thanh Sơn", SAME),
    (("UỶ BAN NHÂN DÂN", "TỈNH THANH SƠN"), 0, "UBND tỉnh Thanh Sơn", SAME),
    (("ỦYBAN NHÂN DÂN", "TỈNH THANHSƠN"), 0, "Ủy ban nhân dân tỉnh Thanh Sơn", SAME),
    ((PROVINCE,), 0, "UBND tinh Thanh Son", SAME),
    ((PROVINCE,), 0, "Uy ban nhan dan tinh Thanh Son", SAME),
    (("UBND TP. HỒ CHÍ MINH",), 0, "Ủy ban nhân dân Thành phố Hồ Chí Minh", SAME),
    (("UBND TP.HCM",), 0, "Ủy ban nhân dân Thành phố Hồ Chí Minh", SAME),
    (("UBND TPHCM",), 0, "UBND TP HCM", SAME),
    (("ỦY BAN NHÂN DÂN TỈNH", "BÀ RỊA – VŨNG TÀU"), 0, "UBND tỉnh Bà Rịa - Vũng Tàu", SAME),
    (("ỦY BAN NHÂN DÂN", "THÀNH PHỐ HOÀ BÌNH"), 0, "UBND thành phố Hòa Bình", SAME),
    (("ỦY BAN NHÂN DÂN", "TỈNH THANH SƠN"), 1, "Ủy ban nhân dân tỉnh Thanh Sơn", SAME),
    (("SỞ GD&ĐT",), 0, "Sở Giáo dục và Đào tạo", SAME),
    (("SỞ GDĐT",), 0, "Sở Giáo dục và Đào tạo tỉnh Thanh Sơn", RELATED),
    ((PROVINCE, DEPARTMENT), 1, "Sở Tài nguyên số", SAME),
    ((PROVINCE, DEPARTMENT), 1, "Sở Tài nguyên số tỉnh Thanh Sơn", SAME),
    ((PROVINCE, DEPARTMENT), 1, "Sở Tài nguyên số - UBND tỉnh Thanh Sơn", SAME),
    ((PROVINCE, DEPARTMENT), 0, "Sở Tài nguyên số tỉnh Thanh Sơn", RELATED),
    ((PROVINCE, DEPARTMENT), 0, "So Tai nguyen so", RELATED),
    ((PROVINCE,), 0, "UY BAN NHAN DAN TINH THANH SON", SAME),
    ((PROVINCE, DEPARTMENT), 1, "So Tai nguyen so tinh Thanh Son", SAME),
    ((PROVINCE, DEPARTMENT), 1, "So Tai nguyen so tinh Hoa Thanh", OTHER),
    ((PROVINCE, "TRUNG TÂM TÌNH NGUYỆN"), 1, "Trung tam tinh nguyen", SAME),
    (("BỘ QUỐC PHÒNG", "BỘ CHỈ HUY QUÂN SỰ TỈNH A"), 1, "Bo Chi huy quan su tinh A", SAME),
    (("UBND XÃ TÂN THÀNH",), 0, "UBND xa Tan Thanh", UNACCENTED),
    (("UBND XÃ TÂN THẠNH",), 0, "UY BAN NHAN DAN XA TAN THANH", UNACCENTED),
    (("UBND XÃ TÂN THÀNH", "VĂN PHÒNG"), 1, "Van phong UBND xa Tan Thanh", UNACCENTED),
    (("UBND XA TAN THANH",), 0, "Ủy ban nhân dân xã Tân Thạnh", UNACCENTED),
    (("UBND XA TAN THANH",), 0, "UBND xa Tan Thanh", UNACCENTED),
    (("UBNDXATANTHANH",), 0, "Uy ban nhan dan xa Tan Thanh", UNACCENTED),
    (("UBND XA TAN THANH",), 0, "UBND xa Tan Hoa", OTHER),
    (("UBND XA TAN THANH", "VAN PHONG"), 1, "Van phong UBND xa Tan Thanh", UNACCENTED),
    (("UBND XA TAN THANH", "HOI DONG NGHIA VU"), 1, "UBND xa Tan Thanh", UNACCENTED),
    (("UBND QUAN THANH XUAN",), 0, "Uy ban nhan dan quan Thanh Xuan", UNACCENTED),
    (("UBND TX SON TAY",), 0, "UBND TX Son Tay", UNACCENTED),
    (("UBND TINH THANH SON",), 0, "UBND tinh Thanh Son", SAME),
    (("UBND TP HCM",), 0, "UBND TPHCM", SAME),
    (("BO CHI HUY QUAN SU TINH A",), 0, "Bo Chi huy quan su tinh A", SAME),
    (("BAO HIEM XA HOI TINH A",), 0, "Bao hiem xa hoi tinh A", SAME),
    (("UBND XÃ TÂN THÀNH",), 0, "Ủy ban nhân dân xã Tân Thạnh", OTHER),
    (("UBND XÃ TÂN HÒA",), 0, "UBND xa Tan Hoa Thanh", OTHER),
    (("UBND HUYỆN SƠN TỊNH",), 0, "UBND huyen Son Tinh tinh Quang Ngai", UNACCENTED),
    (("ĐẢNG ỦY PHƯỜNG SUỐI MƠ", "VĂN PHÒNG"), 1, "Van phong xa Hoa Thanh", OTHER),
    (("BỘ Y TẾ", "HỘI ĐỒNG Y KHOA"), 1, "Bộ Y tế", ABOVE),
    (("BO Y TE", "HOI DONG Y KHOA"), 1, "Bo Y te", ABOVE),
    ((PROVINCE, "BAN CHỈ ĐẠO 35"), 1, "Ủy ban nhân dân tỉnh Thanh Sơn", ABOVE),
    (("UBND XÃ SUỐI MƠ", "HỘI ĐỒNG NGHĨA VỤ"), 1, "UBND xã Suối Mơ, tỉnh Thanh Sơn", ABOVE),
    ((PROVINCE, DEPARTMENT), 1, "Sở Tài nguyên số và Môi trường", RELATED),
    (("VĂN PHÒNG", PROVINCE), 0, "Ủy ban nhân dân tỉnh Thanh Sơn", RELATED),
    (("BỘ TÀI CHÍNH - BỘ CÔNG AN",), 0, "Bộ Công an", RELATED),
    ((PROVINCE, "VĂN PHÒNG"), 1, "Văn phòng Đoàn đại biểu Quốc hội", RELATED),
    ((PROVINCE,), 0, "Ủy ban nhân dân tỉnh Hòa Thành", OTHER),
    ((PROVINCE,), 0, "UBND tinh Hoa Thanh", OTHER),
    (("UBND TỈNH ĐẮK LẮK",), 0, "UBND tỉnh Hòa Thành", OTHER),
    (("UBND HUYỆN KRÔNG PẮC",), 0, "UBND thành phố Pleiku", OTHER),
    (("QUÂN KHU 5", "BAN CHỈ HUY QUÂN SỰ TỈNH A"), 0, "Bộ Y tế", OTHER),
    ((PROVINCE, DEPARTMENT), 1, "Sở Nội vụ tỉnh Thanh Sơn", OTHER),
    ((PROVINCE, DEPARTMENT), 0, "Sở Nội vụ tỉnh Thanh Sơn", OTHER),
    ((PROVINCE, DEPARTMENT), 1, "Sở Tài nguyên số tỉnh Hòa Thành", OTHER),
    ((PROVINCE, "VĂN PHÒNG"), 1, "Văn phòng UBND tỉnh Hòa Thành", OTHER),
    (("ỦY BAN NHÂN DÂN", "XÃ SUỐI MƠ"), 0, "Ủy ban nhân dân tỉnh Thanh Sơn", OTHER),
    (("ỦY BAN NHÂN DÂN", "XÃ SUỐI MƠ"), 1, "Ủy ban nhân dân tỉnh Thanh Sơn", OTHER),
    (("UBND THÀNH PHỐ HÀ NỘI", "SỞ Y TẾ"), 1, "Sở Y tế tỉnh Hà Nam", OTHER),
    (("UBND THÀNH PHỐ HÀ NỘI", "SỞ Y TẾ"), 1, "Sở Y tế thành phố Hà Nội", SAME),
    (("ĐẢNG ỦY PHƯỜNG SUỐI MƠ", "VĂN PHÒNG"), 1, "Văn phòng xã Hòa Thành", OTHER),
    (("UBND TỈNH LÂM SƠN", "UBND THÀNH PHỐ ĐÀ LẠT"), 1, "UBND thành phố Đà Lạt", SAME),
    ((PROVINCE,), 0, "Công ty TNHH Người Lạ", OTHER),
    (("UBND XÃ TÂN HÒA",), 0, "Ủy ban nhân dân xã Tân Hòa Thành", OTHER),
    (("UBND XÃ TÂN HÒA", "THÀNH"), 0, "Ủy ban nhân dân xã Tân Hòa Thành", SAME),
    (("UBND XÃ TÂN HÒA THÀNH",), 0, "Ủy ban nhân dân xã Tân Hòa", OTHER),
    (("UBND XÃ TÂN HÒA", "HỘI ĐỒNG NGHĨA VỤ"), 0, "Ủy ban nhân dân xã Tân Hòa", RELATED),
    (("UBND XÃ TÂN HÒA", "TIỂU BAN DÂN SỰ"), 0, "Ủy ban nhân dân xã Tân Hòa", RELATED),
    (("CÔNG AN TỈNH THANH SƠN",), 0, "Công an tỉnh Thanh Sơn - Bộ Công an", RELATED),
    ((PROVINCE,), 0, "Ủy ban nhân dân tỉnh Thanh Sơn 02", RELATED),
    ((PROVINCE,), 0, "Ủy b\N{CYRILLIC SMALL LETTER A}n nhân dân tỉnh Thanh Sơn", OTHER),
    ((PROVINCE,), 0, "Ủy ban nhân dân tỉnh Thanh \N{FULLWIDTH LATIN CAPITAL LETTER S}ơn", OTHER),
    ((PROVINCE,), 0, "Ủy ban nhân\N{HANGUL FILLER}dân tỉnh Thanh Sơn", OTHER),
    ((PROVINCE,), 0, "Ủy ban nhân dân tỉnh Thanh S\N{COMBINING LOW LINE}ơn", OTHER),
    ((PROVINCE,), 0, "Министерство", UNCLEAR),
    ((PROVINCE,), 0, "Ministry of Digital Resources", UNCLEAR),
    (("uû ban nh©n d©n",), 0, "Ủy ban nhân dân tỉnh Thanh Sơn", UNCLEAR),
    (("UÛY BAN NHAÂN DAÂN",), 0, "Bộ Y tế", UNCLEAR),
    (("MINISTRY OF HEALTH",), 0, "Bộ Y tế", UNCLEAR),
    (("SỞ TN&MT",), 0, "Sở Tài nguyên và Môi trường", UNCLEAR),
    (("BAN QLDA ĐẦU TƯ",), 0, "Ban Quản lý dự án đầu tư", UNCLEAR),
    (("…", "***"), 0, "Bộ Y tế", UNCLEAR),
    ((), 0, "Bộ Y tế", Compared.NOT_FOUND),
]


@pytest.mark.parametrize(("lines", "bold", "seal", "expected"), CASES)
def test_a_header_is_compared_with_a_seal(
    lines: tuple[str, ...], bold: int, seal: str, expected: Compared
) -> None:
    for form in ("NFC", "NFD"):
        heading = Heading(lines=tuple(unicodedata.normalize(form, each) for each in lines), bold=bold)
        assert compared(heading, [unicodedata.normalize(form, seal)]) is expected


def test_of_several_names_one_that_fits_is_enough_unless_another_is_of_elsewhere() -> None:
    heading = Heading(lines=(PROVINCE, DEPARTMENT), bold=1)
    assert compared(heading, ["Con dấu 02", "Sở Tài nguyên số"]) is SAME
    assert compared(heading, ["UBND tỉnh Thanh Sơn", "Sở Tài nguyên số"]) is SAME
    assert compared(heading, ["UBND tỉnh Hòa Thành", "Sở Tài nguyên số"]) is OTHER
    assert compared(heading, ["Con dấu 02", "Sở Nội vụ"]) is OTHER
    assert compared(heading, ["Con dấu 02"]) is UNCLEAR


def test_a_unit_may_be_what_is_named_and_says_nothing_against_it() -> None:
    heading = Heading(lines=("VĂN PHÒNG QUỐC HỘI",))
    assert compared(heading, ["QH"], ["Văn phòng Quốc hội"]) is SAME
    assert compared(heading, ["QH"], ["Bộ Y tế"]) is UNCLEAR


def test_what_the_heading_names_is_its_bold_end() -> None:
    heading = Heading(lines=(PROVINCE, "SỞ TÀI NGUYÊN", "SỐ"), bold=2)
    assert (heading.agency, heading.above) == (DEPARTMENT, PROVINCE)
    assert Heading(lines=(PROVINCE, DEPARTMENT)).agency == f"{PROVINCE} {DEPARTMENT}"
    assert Heading(lines=(PROVINCE, DEPARTMENT)).above is None


@pytest.mark.parametrize(
    ("lines", "bold"), [(("A",) * 9, 0), (("A" * 201,), 0), (("A",), 1), (("A", "B"), -1)]
)
def test_no_reader_of_pages_returns_more_than_a_header(lines: tuple[str, ...], bold: int) -> None:
    with pytest.raises(ValueError, match="no "):
        Heading(lines=lines, bold=bold)


KINDS = ("Ủy ban nhân dân", "Sở Nội vụ", "Hội đồng nhân dân", "Chi cục Thuế", "Trường Đại học Hoa Lư")
PLACES = ("Thanh Sơn", "Hòa Thành", "Đắk Lắk", "Quảng Ngãi", "Bà Rịa - Vũng Tàu", "Huế", "Cà Mau")
names = st.tuples(
    st.sampled_from(KINDS), st.sampled_from(("tỉnh", "xã", "thành phố")), st.sampled_from(PLACES)
)
spellings = st.sampled_from((str, str.upper, str.lower, str.title))
forms = st.sampled_from(("NFC", "NFD"))


@given(names, spellings, forms, st.sets(st.integers(1, 9), max_size=4), st.booleans())
def test_an_agency_is_itself_however_it_is_spelled_and_broken(
    name: tuple[str, str, str], spelling: type[str], form: str, breaks: set[int], glued: bool
) -> None:
    words = spelling(" ".join(name)).split()
    cuts = sorted(each for each in breaks if each < len(words))
    starts, ends = [0, *cuts], [*cuts, len(words)]
    join = "" if glued else " "
    lines = tuple(
        unicodedata.normalize(form, join.join(words[start:end]))
        for start, end in zip(starts, ends, strict=True)
    )
    assert compared(Heading(lines=lines), [" ".join(name)]) is SAME
    plain = compared(Heading(lines=lines), [bare(letters(" ".join(name)))])
    assert plain is (UNACCENTED if "xã" in name else SAME)


@given(names, names)
def test_two_agencies_are_never_the_same(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    found = compared(Heading(lines=(" ".join(one).upper(),)), [" ".join(other)])
    assert found is (SAME if one == other else OTHER)


@given(names, st.sampled_from(KINDS[1:]))
def test_an_agency_under_another_is_told_from_every_third(over: tuple[str, str, str], kind: str) -> None:
    heading = Heading(lines=(f"UBND {over[1]} {over[2]}".upper(), kind.upper()), bold=1)
    assert compared(heading, [f"{kind} {over[1]} {over[2]}"]) is SAME
    for place in PLACES:
        elsewhere = compared(heading, [f"{kind} {over[1]} {place}"])
        assert elsewhere is (SAME if place == over[2] else OTHER)


@given(
    st.lists(st.text(max_size=40), max_size=8), st.lists(st.text(max_size=60), max_size=4), st.integers(0, 7)
)
def test_nothing_that_a_page_or_a_certificate_says_stops_the_comparison(
    lines: list[str], seal: list[str], bold: int
) -> None:
    heading = Heading(lines=tuple(lines), bold=min(bold, max(0, len(lines) - 1)))
    assert compared(heading, seal, seal) in Compared
    assert isinstance(heading.agency, str)


@given(st.text())
def test_a_name_without_anything_to_read_in_it_contradicts_nothing(text: str) -> None:
    if not is_clear(text) and not is_disguised(text):
        assert compared(Heading(lines=("BỘ Y TẾ",)), [text]) is not OTHER
    assert letters(text) == letters(spelled(text))


PROVINCES = [
    "An Giang", "Bà Rịa - Vũng Tàu", "Bạc Liêu", "Bắc Giang", "Bắc Kạn", "Bắc Ninh", "Bến Tre",
    "Bình Dương", "Bình Định", "Bình Phước", "Bình Thuận", "Cà Mau", "Cao Bằng", "Cần Thơ", "Đà Nẵng",
    "Đắk Lắk", "Đắk Nông", "Điện Biên", "Đồng Nai", "Đồng Tháp", "Gia Lai", "Hà Giang", "Hà Nam",
    "Hà Nội", "Hà Tĩnh", "Hải Dương", "Hải Phòng", "Hậu Giang", "Hòa Bình", "Huế", "Hưng Yên",
    "Khánh Hòa", "Kiên Giang", "Kon Tum", "Lai Châu", "Lạng Sơn", "Lào Cai", "Lâm Đồng", "Long An",
    "Nam Định", "Nghệ An", "Ninh Bình", "Ninh Thuận", "Phú Thọ", "Phú Yên", "Quảng Bình", "Quảng Nam",
    "Quảng Ngãi", "Quảng Ninh", "Quảng Trị", "Sóc Trăng", "Sơn La", "Tây Ninh", "Thái Bình",
    "Thái Nguyên", "Thanh Hóa", "Tiền Giang", "Thành phố Hồ Chí Minh", "Trà Vinh", "Tuyên Quang",
    "Vĩnh Long", "Vĩnh Phúc", "Yên Bái",
]  # fmt: skip


def test_no_two_provinces_are_written_alike_without_accents() -> None:
    """The 63 of before July 2025, whose seals are in archives: those of today bear some of their names."""
    written = sorted(bare(letters(each)) for each in PROVINCES)
    assert len(set(written)) == len(PROVINCES) == 63
    assert not any(one != two and two.startswith(one) for one in written for two in written)
    for one in PROVINCES:
        for two in PROVINCES:
            plain = " ".join(bare(letters(word)) for word in spelled(two).split())
            found = compared(Heading(lines=(f"UBND TỈNH {one}".upper(),)), [f"UBND tinh {plain}"])
            assert (found is OTHER) is (one != two)
