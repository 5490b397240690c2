"""The secret part of an address that opens a page without an account: made at random, and kept as a hash alone."""

import hashlib
import re
import secrets

# Without the characters that are misread aloud or by eye: O and 0, I, l and 1.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
# 57 characters carry 5.83 bits each, so 22 carry 128.
LENGTH = 22
# What an escort answers to a text in place of the page: no word has this form.
_CODE = re.compile(r"\bJ-[2-9A-HJ-NP-Z]{6}\b")
# Where in an address: after the page of a police alert, or of a journey's escort.
_IN_ADDRESS = re.compile(rf"(/[aj]/)[{ALPHABET}]{{{LENGTH}}}/")


def new() -> str:
    """Return a token that nobody guesses."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def hash_of(token: str) -> str:
    """SHA-256 of a token: 128 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def masked(text: str) -> str:
    """The same text with the tokens of its links, and what is answered in their place, left out: as what was sent is kept."""
    kept = _IN_ADDRESS.sub(r"\1…/", text)
    # To look for the code at every letter of every mail took as long as to write its headers.
    return _CODE.sub("J-…", kept) if "J-" in kept else kept
