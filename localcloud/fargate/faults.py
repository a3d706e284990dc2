"""What can be made to go wrong with the next task."""

from dataclasses import dataclass

NO_CAPACITY = (
    "Capacity is unavailable at this time. Please try again later or in a different availability zone"
)


@dataclass(frozen=True)
class Fault:
    """The fate of one RunTask and its task.

    refused: no task is started, and the answer names the lack of capacity. raises: RunTask ends with this
    error of the API, e.g. ThrottlingException. unstartable: the task stops before its program runs, for
    this reason. stopped, killed, out_of_memory: once it wrote its first line, or the first that contains that
    text. silent: the program is not run at all, and the task ends well. memory, disk: it has only as many MiB
    (in a container). deliveries: how often its stop is told.
    held: its stop is told only when asked for.
    """

    refused: bool = False
    raises: str = ""
    unstartable: str = ""
    stopped: bool | str = False
    killed: bool | str = False
    out_of_memory: bool | str = False
    silent: bool = False
    memory: int | None = None
    disk: int | None = None
    deliveries: int = 1
    held: bool = False

    @property
    def last_line(self) -> str | None:
        """The text in the line after which the task dies; '' is any line, None never."""
        for how in (self.stopped, self.killed, self.out_of_memory):
            if how:
                return how if isinstance(how, str) else ""
        return None


NO_FAULT = Fault()
