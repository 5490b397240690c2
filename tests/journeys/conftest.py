"""What journeys share: the whole product, running."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.launcher import places, processes
from tests.database import Clone
from tests.journeys import product
from tests.journeys.product import Product


@pytest.fixture
def running(committed: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    """The product as ./run starts it, on a database and in a folder of this test's own."""
    for name, folder in (("VAR", "var"), ("LOGS", "var/log"), ("MAIL", "var/mail")):
        (tmp_path / folder).mkdir()
        monkeypatch.setattr(places, name, tmp_path / folder)
    whole = product.start(committed, tmp_path)
    try:
        yield whole
    finally:
        processes.stop(whole.processes, patience=5)
