"""Choose a benchmark: `python -m bench wall|memory|drills [--gigabytes N] [--rounds N]`."""

import argparse

from bench.drills import measure_drills
from bench.memory import measure_memory
from bench.wall import measure_wall


def main() -> None:
    """Read the arguments and run what they name."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", choices=["wall", "memory", "drills"], nargs="?", default="wall")
    parser.add_argument("--gigabytes", type=float, default=2.0, help="size of the database, indexes included")
    parser.add_argument("--rounds", type=int, default=3, help="measured rounds of `wall`, and of `drills`")
    arguments = parser.parse_args()
    if arguments.what == "wall":
        measure_wall(arguments.gigabytes, arguments.rounds)
    elif arguments.what == "drills":
        measure_drills(arguments.rounds)
    else:
        measure_memory(arguments.gigabytes)


if __name__ == "__main__":
    main()
