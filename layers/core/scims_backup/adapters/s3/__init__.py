"""How to speak to an S3-compatible store: common to catalogs and vaults."""

from scims_backup.adapters.s3.answers import answer_to_put, page_of_listing
from scims_backup.adapters.s3.client import new_client
from scims_backup.adapters.s3.failures import ERRORS, Failure, S3Error, cure, described, failure_of
from scims_backup.adapters.s3.place import Place

__all__ = [
    "ERRORS",
    "Failure",
    "Place",
    "S3Error",
    "answer_to_put",
    "cure",
    "described",
    "failure_of",
    "new_client",
    "page_of_listing",
]
