"""A deployment of the program that backs a Redis server up."""

from __future__ import annotations

from pathlib import Path

from tests.support.databases import restic_place
from tests.support.redis_servers import RunningRedis


def redis_deployment(server: RunningRedis, directory: Path, source: str = "scims-redis") -> dict[str, str]:
    """Make a deployment in a directory; return the environment of the program.

    Sandboxes run the server's own program.
    """
    place = restic_place(directory)
    return {
        "SCIMS_SOURCE": source,
        "SCIMS_SOURCE_URL": server.socket_url,
        "SCIMS_CATALOG": f"file://{directory / 'catalog'}",
        "SCIMS_VAULT": place.vault,
        "SCIMS_REDIS_BIN": str(server.program.path.parent),
        "RESTIC_PASSWORD_FILE": str(place.password_file),
        "RESTIC_CACHE_DIR": str(directory / "cache"),
    }


def sandbox_servers(folder: Path) -> list[int]:
    """Return the processes that work below a folder, as the servers of sandboxes there do."""
    return [int(process.name) for process in Path("/proc").glob("[0-9]*") if _works_below(process, folder)]


def _works_below(process: Path, folder: Path) -> bool:
    try:
        place = str((process / "cwd").readlink()).removesuffix(" (deleted)")
    except OSError:
        return False  # ended meanwhile
    return Path(place).is_relative_to(folder)
