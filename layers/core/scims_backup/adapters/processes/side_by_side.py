"""Several programs at once, a limited number at a time; all of them end when this process is asked to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial

from scims_backup.adapters.processes.uninterrupted import uninterrupted
from scims_backup.adapters.processes.watched import Child

_PATIENCE_SECONDS = 60.0
"""For a program that was asked to end: less than the 90 seconds that systemd gives us."""


@dataclass(frozen=True)
class Job:
    """A program that will run.

    name: unique among the jobs
    arguments: the program first
    """

    name: str
    arguments: Sequence[str]


@dataclass(frozen=True)
class Ended:
    """How a program ended.

    code: its exit code, negative for a signal
    output: what it wrote to standard output
    """

    name: str
    code: int
    output: bytes


class SideBySide:
    """Runs jobs, and waits for all of them.

    environment: of each program
    line: gets the job's name and each line of its standard error, from several threads, and must not raise
    patience: seconds that a program has to end when it was asked to
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        line: Callable[[str, str], None],
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self._environment = environment
        self._line = line
        self._patience = patience
        self._running: dict[Future[int], tuple[Job, Child]] = {}

    def run(self, jobs: Sequence[Job], at_once: int) -> list[Ended]:
        """Run all jobs, at most `at_once` at a time, and return their ends in the order of the jobs.

        What is raised meanwhile, e.g. by a signal, asks the running programs to end (SIGINT), and starts no
        further ones.
        """
        waiting, ended = deque(jobs), dict[str, Ended]()
        with ThreadPoolExecutor(at_once, "side-by-side") as pool:
            try:
                while waiting or self._running:
                    while waiting and len(self._running) < at_once:
                        uninterrupted(partial(self._start, waiting.popleft(), pool))
                    for one in self._next_ended():
                        ended[one.name] = one
            finally:
                uninterrupted(self._end_all)
        return [ended[job.name] for job in jobs]

    def _start(self, job: Job, pool: ThreadPoolExecutor) -> None:
        child = Child(job.arguments, self._environment, collected=None, told=partial(self._line, job.name))
        self._running[pool.submit(child.wait)] = (job, child)

    def _next_ended(self) -> list[Ended]:
        done, _ = wait(self._running, return_when=FIRST_COMPLETED)
        return [self._ended(future) for future in done]

    def _ended(self, future: Future[int]) -> Ended:
        job, child = self._running.pop(future)
        with child:
            child.errors()  # waits until the last line was passed on
            return Ended(job.name, future.result(), child.output())

    def _end_all(self) -> None:
        for _, child in self._running.values():
            child.ask_to_end()
        wait(self._running, self._patience)
        for _, child in self._running.values():
            child.stop(seconds=0)
