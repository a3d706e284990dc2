"""What runs in a process of its own to ping a URL: a JSON object in, a JSON object out.

The process can be killed, which a name server that does not answer makes necessary. This module imports
nothing of the package, so that it starts quickly.
"""

from __future__ import annotations

import json
import sys
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

_SECONDS = 5.0
"""For a connection, and for each part of an answer."""


def main(given: IO[str], answered: IO[str]) -> None:
    """POST, and answer.

    given: an object with `url`, http or https, and `body`.
    answered: gets one with `problem`, which is empty if the ping was taken.
    """
    asked = json.load(given)
    request = Request(asked["url"], asked["body"].encode(), {"User-Agent": "scims-backup"}, method="POST")  # noqa: S310  checked in the settings
    request.add_header("Content-Type", "text/plain; charset=utf-8")
    json.dump({"problem": _problem(request)}, answered)


def _problem(request: Request) -> str:
    try:
        with urlopen(request, timeout=_SECONDS):  # noqa: S310  as above
            return ""
    except HTTPError as error:
        return f"HTTP status {error.code}"
    except URLError as error:
        return f"{type(error.reason).__name__ if isinstance(error.reason, Exception) else 'no connection'}"
    except OSError as error:
        return type(error).__name__


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
