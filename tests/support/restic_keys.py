"""Repositories that open fast: restic spends half a second on its password each time, by design.

How long that takes is written in the repository's key file: what scrypt is to be asked for. Tests that are
not about passwords lock the same master key up with next to no work.
Format: https://restic.readthedocs.io/en/stable/100_references.html#keys-encryption-and-mac
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from atexit import register
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305

_NO_WORK = {"N": 2, "r": 1, "p": 1}
_SCRYPT_BYTES = 1 << 28
_NONCE = _TAG = 16
_OF_TEMPLATE = "template"


def lay_repository(path: Path, password: str) -> None:
    """Put an empty, initialised repository at a path, which opens with a password at once."""
    shutil.copytree(_template(), path)
    _lock_up(path, _master_key(path, _OF_TEMPLATE), password)


@cache
def _template() -> Path:
    path = Path(tempfile.mkdtemp(prefix="scims-restic-"))
    register(shutil.rmtree, path, ignore_errors=True)
    environment = {**os.environ, "RESTIC_PASSWORD": _OF_TEMPLATE}
    command = ["restic", "--quiet", "--repo", str(path), "init", "--repository-version", "2"]
    subprocess.run(command, env=environment, check=True)
    _lock_up(path, _master_key(path, _OF_TEMPLATE), _OF_TEMPLATE)
    return path


def _master_key(repository: Path, password: str) -> bytes:
    (path,) = (repository / "keys").iterdir()
    key = json.loads(path.read_text())
    sealed = base64.b64decode(key["data"])
    nonce, body, tag = sealed[:_NONCE], sealed[_NONCE:-_TAG], sealed[-_TAG:]
    encrypting, of_nonce, authenticating = _keys(password, key)
    assert _tag(of_nonce, authenticating, nonce, body) == tag, "the password opens it"
    return _crypted(encrypting, nonce, body)


def _lock_up(repository: Path, master: bytes, password: str) -> None:
    """Replace the repository's only key file."""
    (path,) = (repository / "keys").iterdir()
    key = {**json.loads(path.read_text()), **_NO_WORK, "salt": base64.b64encode(os.urandom(64)).decode()}
    encrypting, of_nonce, authenticating = _keys(password, key)
    nonce = os.urandom(_NONCE)
    body = _crypted(encrypting, nonce, master)
    sealed = nonce + body + _tag(of_nonce, authenticating, nonce, body)
    document = json.dumps({**key, "data": base64.b64encode(sealed).decode()}).encode()
    path.unlink()
    path.with_name(hashlib.sha256(document).hexdigest()).write_bytes(document)


def _keys(password: str, key: dict[str, Any]) -> tuple[bytes, bytes, bytes]:
    salt = base64.b64decode(key["salt"])
    work = {"n": key["N"], "r": key["r"], "p": key["p"]}
    derived = hashlib.scrypt(password.encode(), salt=salt, maxmem=_SCRYPT_BYTES, dklen=64, **work)
    return derived[:32], derived[32:48], derived[48:]


def _crypted(key: bytes, nonce: bytes, data: bytes) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.CTR(nonce)).encryptor()
    return cipher.update(data) + cipher.finalize()


def _tag(of_nonce: bytes, authenticating: bytes, nonce: bytes, data: bytes) -> bytes:
    """Poly1305-AES: the second half of its key is the nonce under AES."""
    cipher = Cipher(algorithms.AES(of_nonce), modes.ECB()).encryptor()  # noqa: S305  one block, as specified
    return Poly1305.generate_tag(authenticating + cipher.update(nonce) + cipher.finalize(), data)
