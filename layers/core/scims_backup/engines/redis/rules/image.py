"""Whether a container image has the server program that the stack was configured for."""

from __future__ import annotations

from collections.abc import Mapping

from scims_backup.domain.errors import ToolMissingError

WANTED = "SCIMS_REDIS_SERVER"
"""The variable by which a stack says what the source is: the server's image, e.g. `redis:7`."""
HAS = "SCIMS_IMAGE_REDIS_SERVER"
"""The variable by which an image says where its server program is from; image/Dockerfile sets it."""


def refuse_other_image(environment: Mapping[str, str]) -> None:
    """Raise ToolMissingError if the image has another server program than the stack needs, and says so."""
    wanted, has = environment.get(WANTED, ""), environment.get(HAS, "")
    if wanted and has and wanted != has:
        found = "no server program of Redis or Valkey" if has == "none" else f"the server program of {has}"
        raise ToolMissingError(
            f"the image contains {found}, but the stack is configured for {wanted}",
            f"build and deploy it again: sam build --parameter-overrides RedisServer={wanted}; if the server "
            f"runs another version, deploy with that one as RedisServer (docs/redis.md)",
        )
