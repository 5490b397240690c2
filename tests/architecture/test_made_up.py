"""What factories give by turns is written in no test: who has it hangs on what was made before."""

import re
from collections import Counter

from tests import factories
from tests.database import ROOT


def test_no_test_writes_a_name_or_number_that_factories_give_by_turns() -> None:
    phones = "|".join(r"\s?".join(begins.replace(" ", "")) for begins in factories.PHONES)
    given = re.compile(rf"\b(?:{'|'.join(factories.BY_TURNS)})\b|\b(?:{phones})", re.IGNORECASE)
    written = {
        path.relative_to(ROOT / "tests").as_posix(): Counter(given.findall(path.read_text(encoding="utf-8")))
        for path in (ROOT / "tests").rglob("*.py")
    }
    once = Counter([*factories.BY_TURNS, *factories.PHONES])
    assert {path: words for path, words in written.items() if words} == {"factories.py": once}
