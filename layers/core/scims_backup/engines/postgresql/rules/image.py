"""Whether a container image has the programs of the version of PostgreSQL that the stack was told."""

from __future__ import annotations

from collections.abc import Mapping

from scims_backup.domain.errors import ToolMissingError

WANTED = "SCIMS_POSTGRESQL_MAJOR"
"""The variable by which a stack says the major version of the source."""
HAS = "SCIMS_IMAGE_POSTGRESQL_MAJOR"
"""The variable by which an image says the major version of its programs; image/Dockerfile sets it."""


def is_image(environment: Mapping[str, str]) -> bool:
    """Say whether this is one of our images, and not a machine on which programs can be installed."""
    return bool(environment.get(HAS))


def refuse_other_image(environment: Mapping[str, str]) -> None:
    """Raise ToolMissingError if the image was built for another major version, and says so."""
    wanted, has = environment.get(WANTED, ""), environment.get(HAS, "")
    if wanted and has and wanted != has:
        raise ToolMissingError(
            f"the image contains the programs of PostgreSQL {has}, but the stack is configured for {wanted}",
            f"build and deploy it again: sam build --parameter-overrides PostgresqlMajor={wanted}; if the "
            f"server runs {has}, deploy with PostgresqlMajor={has} instead (docs/deploy.md)",
        )
