"""What lies in each database number of a live server that a restore filled: whose it is, and since when.

Anyone who can write into a number can put such a key there. A number is ours only if its marker is sealed
with the password that we restore with, and names that number. A server without a password has no such
protection: there, anyone may flush every number anyway.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from scims_backup.domain.decoding import ALWAYS
from scims_backup.domain.documents import decoded

PREFIX = "scims-backup"
"""Of our own keys' names: no restore copies such keys to a live server, and no proof judges them there."""
KEY = b"scims-backup:restore"
"""A hash with the fields below."""
SEALED = "marker"
UP_TO = "upto"
"""How many keys of the archive may be in the number by now."""
FUNCTIONS = "functions"
"""What FUNCTION DUMP says of the libraries that go live, or come back, together with the number."""
PROOF = "proof"
"""The proof of what went live when the number was put aside, in the number of the first database."""

_VERSION = 1


@dataclass(frozen=True)
class Marker:
    """One database number that is ours.

    number: where the marker lies.
    database: which database of the source is here, and which live one a swap exchanges for it.
    name: of all numbers that were restored, or put aside, together.
    token: of the restore: eight hexadecimal digits.
    together: the databases that have the name, this one among them; a swap exchanges all of them or none.
    attached: the SHA-256 of what lies beside the marker, by its field: FUNCTIONS, PROOF.
    """

    number: int
    database: int
    name: str
    token: str
    together: Sequence[int] = field(default=(), metadata=ALWAYS)
    attached: Mapping[str, str] = field(default_factory=dict, metadata=ALWAYS)

    def attaching(self, name: str, data: bytes) -> Marker:
        """Return the marker with something beside it."""
        return replace(self, attached={**self.attached, name: digest(data)})

    def is_attached(self, name: str, data: bytes | None) -> bool:
        """Say whether this is what was put beside the marker; everybody can write there."""
        return data is not None and self.attached.get(name) == digest(data)

    def sealed(self, key: bytes) -> bytes:
        """Write it for the server. key: made by `seal_key`."""
        text = json.dumps({"version": _VERSION, **asdict(self)}, sort_keys=True).encode()
        return _seal(text, key).encode() + b" " + text


def digest(data: bytes) -> str:
    """Return what a marker says of something beside it."""
    return hashlib.sha256(data).hexdigest()


def seal_key(password: str) -> bytes:
    """Return what seals markers. It takes long on purpose: a seal can be read by others who guess passwords.

    password: of the user that restores; '' if the server demands none.
    """
    return hashlib.scrypt(password.encode(), salt=b"scims-backup restore", n=1 << 14, r=8, p=1, dklen=32)


def unsealed(data: bytes, number: int, key: bytes) -> Marker | None:
    """Read a marker; None unless it was sealed by this key, and for this number."""
    seal, _, text = data.partition(b" ")
    if not hmac.compare_digest(seal, _seal(text, key).encode()):
        return None
    document = json.loads(text)
    if document.pop("version") != _VERSION or document["number"] != number:
        return None
    return decoded(Marker, document, "the marker of a restore")


def _seal(text: bytes, key: bytes) -> str:
    return hmac.new(key, text, hashlib.sha256).hexdigest()
