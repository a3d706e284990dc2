"""Choose a benchmark: `python -m bench wall|memory|drills|restores [--gigabytes N] [--rounds N]`."""

import argparse

from bench.drills import measure_drills
from bench.memory import measure_memory
from bench.restores import measure_restores
from bench.wall import measure_wall


def main() -> None:
    """Read the arguments and run what they name."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", choices=["wall", "memory", "drills", "restores"], nargs="?", default="wall")
    parser.add_argument("--gigabytes", type=float, default=2.0, help="size of the database, indexes included")
    parser.add_argument("--rounds", type=int, default=3, help="measured rounds of all but `memory`")
    arguments = parser.parse_args()
    if arguments.what == "wall":
        measure_wall(arguments.gigabytes, arguments.rounds)
    elif arguments.what == "drills":
        measure_drills(arguments.rounds)
    elif arguments.what == "restores":
        measure_restores(arguments.gigabytes, arguments.rounds)
    else:
        measure_memory(arguments.gigabytes)


if __name__ == "__main__":
    main()
