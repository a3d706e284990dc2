"""Asking one question until its answer is accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from scims_backup.domain.errors import ScimsBackupError
from scims_backup.domain.first_steps.questions import Question
from scims_backup.ports.asking import Asker

Accepted = TypeVar("Accepted")


class Interview:
    """Takes what was typed as an option, else asks.

    typed: answers by the option of their question
    read_secret: returns the secret in a file; raises UsageError
    """

    def __init__(self, asker: Asker, typed: Mapping[str, str], read_secret: Callable[[str], str]) -> None:
        self.asker = asker
        self._typed = dict(typed)
        self._read_secret = read_secret

    def has(self, question: Question) -> bool:
        """Return whether the question was answered by an option that was not used yet."""
        return question.option in self._typed

    def answer(
        self, question: Question, accept: Callable[[str], Accepted], default: str | None = None
    ) -> Accepted:
        """Return what `accept` makes of the answer; ask again as long as it raises.

        default: where the question has none of its own. Raise what `accept` raises if nobody can be asked.
        """
        return self.until_accepted(lambda: accept(self.text(question, default)))

    def until_accepted(self, attempt: Callable[[], Accepted]) -> Accepted:
        """Return what an attempt returns, and repeat it as long as it raises and somebody can be asked."""
        while True:
            try:
                return attempt()
            except ScimsBackupError as error:
                if not self.asker.can_ask:
                    raise
                self.asker.refuse(error)

    def text(self, question: Question, default: str | None = None) -> str:
        """Return one answer as it was given. Raise UsageError if there is none."""
        typed = self._typed.pop(question.option, None)
        if typed is None:
            return self.asker.ask(question, default if question.default is None else question.default)
        return self._read_secret(typed) if question.secret else typed
