"""Where the status page is put: a folder that was named, or the catalog of the stack."""

from __future__ import annotations

from pathlib import Path

from scims_backup.adapters.pages.folder import FolderPages
from scims_backup.adapters.pages.html import HtmlPages
from scims_backup.adapters.s3.place import S3Place
from scims_backup.domain import keys
from scims_backup.ports.pages import Pages
from scims_backup.usecases.reports.write_pages import WritePages


def pages_in(folder: Path) -> WritePages:
    """Ready to write pages into a folder."""
    return WritePages(FolderPages(folder), HtmlPages())


def pages_of_catalog(catalog: Path | S3Place) -> WritePages:
    """Ready to write pages beside a catalog's other objects."""
    return WritePages(_beside(catalog), HtmlPages())


def _beside(catalog: Path | S3Place) -> Pages:
    if isinstance(catalog, Path):
        return FolderPages(catalog / keys.PAGES)
    from scims_backup.adapters.pages.s3 import S3Pages  # noqa: PLC0415  loads boto3, which is slow
    from scims_backup.adapters.s3.client import new_client  # noqa: PLC0415  as above

    return S3Pages(new_client(), S3Place(catalog.bucket, catalog.key(keys.PAGES)))
