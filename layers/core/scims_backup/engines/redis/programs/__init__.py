"""Finding servers for sandboxes."""

from scims_backup.engines.redis.programs.find_server import Program, find_server

__all__ = ["Program", "find_server"]
