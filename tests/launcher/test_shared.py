"""What one process of a run makes for all of them."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Barrier
from time import sleep
from typing import Any

import pytest

from tests import factories, shared


def test_of_two_who_ask_at_once_one_makes_it_and_both_have_it(tmp_path: Path) -> None:
    """The lock of a file that each has opened by itself holds two threads apart as it does two processes."""
    made, both_ask = list[str](), Barrier(2, timeout=20)

    def make() -> str:
        made.append("once")
        sleep(0.1)
        return "the town"

    def ask() -> str:
        both_ask.wait()
        return shared.once(tmp_path, "town", make)

    with ThreadPoolExecutor(2) as pool:
        asking = [pool.submit(ask) for _ in range(2)]
        assert [one.result(timeout=20) for one in asking] == ["the town"] * 2
    assert made == ["once"]


def test_what_could_not_be_made_is_tried_again_by_whoever_asks_next(tmp_path: Path, settings: Any) -> None:
    photos = tmp_path / "kept"

    def fail() -> Any:
        (Path(settings.PHOTO_ROOT) / "half").write_text("sealed")
        raise ValueError("no house")

    with pytest.raises(ValueError, match="no house"):
        shared.once(tmp_path, "town", lambda: shared.fill(fail, photos))
    filled = shared.once(tmp_path, "town", lambda: shared.fill(lambda: "the town", photos))
    assert filled.made == "the town"
    assert list(photos.iterdir()) == []


def test_whoever_takes_it_has_its_files_and_makes_nothing_that_is_in_it(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make() -> str:
        (Path(settings.PHOTO_ROOT) / "face").write_text("sealed")
        return "the town"

    settings.PHOTO_ROOT = tmp_path / "elsewhere"
    monkeypatch.setattr(factories, "_serial", count(70))
    monkeypatch.setattr(factories, "_children", count(8))
    filled = shared.fill(make, tmp_path / "kept")
    settings.PHOTO_ROOT = tmp_path / "own"
    monkeypatch.setattr(factories, "_serial", count(1))
    monkeypatch.setattr(factories, "_children", count())
    assert shared.take(filled, tmp_path / "kept") == "the town"
    assert (tmp_path / "own" / "face").read_text() == "sealed"
    assert next(factories._serial) > 70
    assert next(factories._children) == 8
