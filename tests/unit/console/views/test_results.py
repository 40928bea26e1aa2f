from ossh.console.views.results import proofs_text
from ossh.model import Proof


def test_proofs_are_counted_by_kind_and_folders_have_none() -> None:
    assert proofs_text([(Proof.CRC64, 1200), (Proof.MD5, 0)]) == "1,200 by CRC64"
    assert proofs_text([(None, 2), (Proof.MD5, 1)]) == "1 by MD5, 2 folders with nothing to verify"
    assert proofs_text([(None, 2)]) == ""
