"""A locale of our own making, for servers whose money reads `1.234,56 €`: the machine need not have it."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

GERMAN = "de_DE.utf8"


@contextmanager
def german_locale() -> Iterator[dict[str, str]]:
    """Make the locale; yield what a server's programs need in their environment to find it.

    They find no other locale then but C.
    """
    with tempfile.TemporaryDirectory(prefix="scims-locale-", dir="/tmp") as name:
        Path(name).chmod(0o755)  # a server that is not ours must enter
        made = ["localedef", "-i", "de_DE", "-f", "UTF-8", f"{name}/{GERMAN}"]
        subprocess.run(made, check=True, capture_output=True)
        yield {"LOCPATH": name}
