"""Every real module, algorithm and level makes a document that is accepted here, by Poppler, and offline."""

from pathlib import Path

import pytest

from tests.pki.token_modules import MODULES
from tests.signer.module_matrix import WAYS, accepted, matrix


@pytest.mark.campaign
@pytest.mark.timeout(1800)
async def test_a_document_by_each_module_algorithm_and_level_is_accepted(tmp_path: Path, page: bytes) -> None:
    cells = await matrix(tmp_path, page)
    for (module, way, level), cell in cells.items():
        if way == "Ed25519":
            assert "signs no documents" in cell.refused or "no key" in cell.refused
        elif not (module == "given" and cell.refused.startswith("no key")):
            assert accepted(level, cell), (module, way, level, cell)
    installed = {name for name, (_, missing) in MODULES.items() if missing is None}
    assert {(module, way) for module, way, _ in cells} == {(one, way) for one in installed for way in WAYS}
