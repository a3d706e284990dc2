"""Choose a benchmark: `python -m bench WHAT [--gigabytes N] [--rounds N] [--keys N]`; --help lists them."""

import argparse
from collections.abc import Callable, Mapping

from bench.drills import measure_drills
from bench.memory import measure_memory
from bench.redis import measure_redis, measure_redis_drills, measure_redis_memory
from bench.restores import measure_restores
from bench.status import measure_status
from bench.wall import measure_wall

_CHOICES: Mapping[str, Callable[[argparse.Namespace], None]] = {
    "wall": lambda given: measure_wall(given.gigabytes, given.rounds),
    "memory": lambda given: measure_memory(given.gigabytes),
    "drills": lambda given: measure_drills(given.rounds),
    "restores": lambda given: measure_restores(given.gigabytes, given.rounds),
    "status": lambda given: measure_status(given.sources, given.rounds),
    "redis": lambda given: measure_redis(given.keys, given.rounds),
    "redis-memory": lambda given: measure_redis_memory(given.gigabytes),
    "redis-drills": lambda given: measure_redis_drills(given.keys, given.rounds),
}


def main() -> None:
    """Read the arguments and run what they name."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", choices=_CHOICES, nargs="?", default="wall")
    parser.add_argument("--gigabytes", type=float, default=2.0, help="size of the database, indexes included")
    parser.add_argument("--rounds", type=int, default=3, help="measured rounds of all but `memory`")
    parser.add_argument(
        "--keys", type=int, default=1_000_000, help="of Redis, for `redis` and `redis-drills`"
    )
    parser.add_argument("--sources", type=int, default=1000, help="of a catalog, for `status`")
    arguments = parser.parse_args()
    _CHOICES[arguments.what](arguments)


if __name__ == "__main__":
    main()
