"""How a file lies on the disk: sealed by AES-GCM under the first of our keys, and opened by whichever of them sealed it."""

import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# Neither a JPG nor a PNG begins so: what does not is of an installation from before files were sealed.
MARK = b"RCSEAL1\n"
ID_BYTES = 8
# 96 random bits for each file: below 2^32 files under one key no two are likely to meet [NIST SP 800-38D 8.3].
NONCE_BYTES = 12
HEAD_BYTES = len(MARK) + ID_BYTES + NONCE_BYTES


class CannotOpen(OSError):
    """The file is sealed under a key that we do not have, or was changed, or put in another one's place."""


def key_id(key: bytes) -> bytes:
    """What a sealed file says of its key, which tells nothing about the key."""
    return hashlib.sha256(b"file key\n" + key).digest()[:ID_BYTES]


def sealed_under(head: bytes) -> bytes | None:
    """The id of the key that sealed a file, from its first `HEAD_BYTES`; None where it lies in the clear."""
    return head[len(MARK) : len(MARK) + ID_BYTES] if head.startswith(MARK) else None


def seal(content: bytes, name: str, keys: Sequence[bytes]) -> bytes:
    """Seal `content` under the first key, so that it opens under this `name` alone; without keys it stays as it is."""
    if not keys:
        return content
    head, nonce = MARK + key_id(keys[0]), os.urandom(NONCE_BYTES)
    return head + nonce + AESGCM(keys[0]).encrypt(nonce, content, head + name.encode())


def unseal(stored: bytes, name: str, keys: Sequence[bytes]) -> bytes:
    """Return what was sealed under this `name`, or what lies in the clear as it is; raises `CannotOpen`."""
    sealed_by = sealed_under(stored)
    if sealed_by is None:
        return stored
    key = next((one for one in keys if key_id(one) == sealed_by), None)
    if key is None:
        raise CannotOpen(f"sealed under the key {sealed_by.hex()}, which is not among ours")
    head, nonce = stored[: len(MARK) + ID_BYTES], stored[len(MARK) + ID_BYTES : HEAD_BYTES]
    try:
        return AESGCM(key).decrypt(nonce, stored[HEAD_BYTES:], head + name.encode())
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("changed since it was sealed, or put in another one's place") from error
