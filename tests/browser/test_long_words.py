"""Longer words keep what they are made of; the gallery looks at every page in them."""

from tests.browser import long_words


def test_words_grow_and_keep_their_facts() -> None:
    assert long_words.longer("Save") == "Savela"
    assert long_words.longer("Enter the day.") == "Enter the day laŭvor."
    assert long_words.longer("%(count)s <strong>late</strong>").startswith("%(count)s <strong>late</strong>")
    assert long_words.longer("%(when)s") == "%(when)s"
