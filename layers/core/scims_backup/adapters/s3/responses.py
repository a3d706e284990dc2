"""Whether it was an S3-compatible store that answered: botocore takes any page for an empty answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from botocore.parsers import ResponseParserError

_Page = TypeVar("_Page", bound=Mapping[str, object])


def page_of_listing(page: _Page) -> _Page:
    """Return a page as it came. Raise ResponseParserError if it is none: nothing listed is then no news."""
    return _with("IsTruncated", page)


def answer_to_put(answer: _Page) -> _Page:
    """Return an answer as it came. Raise ResponseParserError if nothing was stored, whatever the status."""
    return _with("ETag", answer)


def _with(name: str, answer: _Page) -> _Page:
    if name not in answer:
        raise ResponseParserError(f"the endpoint is not an S3-compatible store: its answer has no {name}")
    return answer
