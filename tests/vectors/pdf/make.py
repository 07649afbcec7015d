"""Make the vectors of this folder again: `python tests/vectors/pdf/make.py [NAME…]` (tools: see README.md).

One function makes one file and says in its docstring which producer it stands for and what it needs; the
function `some_name` makes `some-name.pdf`. They run in the order of this table, because some start from
another's result.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import crafted
import producers

MAKERS: tuple[Callable[[Path], None], ...] = (
    producers.libreoffice_docx,
    producers.libreoffice_odt_pdfa,
    producers.chromium,
    producers.weasyprint,
    producers.typst_pdf20,
    producers.reportlab,
    producers.form_fields,
    producers.five_hundred_pages,
    producers.fpdf2,
    producers.cairo_pango,
    producers.ghostscript,
    producers.scan,
    crafted.typst_pdfa_2a,
    crafted.word_hybrid_xref,
    crafted.rotated_90,
    crafted.rotated_270,
    crafted.object_streams,
    crafted.linearized,
    crafted.broken_xref,
    crafted.old_pdf_13,
    crafted.crop_box,
    crafted.inherited_pages,
    crafted.revisions,
    crafted.user_unit,
    crafted.rich_catalog,
)


def main() -> None:
    """Make the files named on the command line, or all of them."""
    here, wanted = Path(__file__).parent, set(sys.argv[1:])
    for maker in MAKERS:
        name = maker.__name__.replace("_", "-") + ".pdf"
        if not wanted or name in wanted:
            maker(here / name)
            sys.stdout.write(f"{name:28}{(here / name).stat().st_size:>8}\n")


if __name__ == "__main__":
    main()
