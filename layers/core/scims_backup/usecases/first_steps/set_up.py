"""The questions of `init` in their order, each answer tried out before the next question."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial

from scims_backup.domain.backup import checked_source_name
from scims_backup.domain.errors import OperationFailedError, UsageError
from scims_backup.domain.first_steps import questions
from scims_backup.domain.first_steps.answers import Answers, Scheduler, Secrets
from scims_backup.domain.first_steps.keeping import retention_in
from scims_backup.domain.first_steps.places import S3, name_for, places_in_folder, places_in_s3
from scims_backup.domain.first_steps.times import Daily, Weekly
from scims_backup.domain.health import Examined, State
from scims_backup.ports.asking import Trial
from scims_backup.usecases.first_steps.interview import Interview


@dataclass(frozen=True)
class Defaults:
    """What depends on the machine and the user.

    place: where backups go; scheduler: what starts the commands
    endpoint: of the S3 that the environment names; empty for AWS's
    chosen_places: the addresses of catalog and vault, if they were typed: then no place is asked for
    vault_password: from an earlier `init`; a new one would not open the vault that it is of
    """

    place: str
    scheduler: Scheduler
    endpoint: str = ""
    chosen_places: tuple[str, str] | None = None
    vault_password: str | None = None


@dataclass
class SetUp:
    """Asks and tries out.

    secrets: the texts that answers contained, by what they are for
    """

    interview: Interview
    trial: Trial
    defaults: Defaults
    secrets: dict[Secrets, str] = field(default_factory=dict)
    _url: str = ""

    def run(self) -> Answers:
        """Return the answers, all of them accepted. Raise what refuses one if nobody can be asked again."""
        ask, until_accepted = self.interview.answer, self.interview.until_accepted
        catalog, vault = places_in_folder(self.defaults.place)
        provisional = Answers(catalog=catalog, vault=vault)
        answers = until_accepted(lambda: self._source(provisional))
        answers = self._places(answers)
        answers = replace(answers, retention=ask(questions.RETENTION, retention_in))
        answers = ask(questions.NOTIFY, partial(self._notified, answers))
        answers = ask(questions.PING_BACKUP, partial(self._pinged, answers, Secrets.PING_BACKUP))
        answers = ask(questions.PING_DRILL, partial(self._pinged, answers, Secrets.PING_DRILL))
        return self._scheduled(answers)

    def _source(self, answers: Answers) -> Answers:
        """Ask for address and password together: if it cannot be connected to, either can be wrong."""
        url = self.interview.answer(questions.URL, self._address, self._url or None)
        self._url = url
        name = self.interview.answer(questions.SOURCE, checked_source_name, name_for(url))
        return self._connected(
            replace(answers, url=url, source=name), self.interview.text(questions.PASSWORD)
        )

    def _address(self, url: str) -> str:
        self.trial.check_address(url)
        return url

    def _connected(self, answers: Answers, password: str) -> Answers:
        answers = self._with_secret(answers, Secrets.DATABASE, password)
        examined = self.trial.source(answers, self.secrets)
        connection = next((one for one in examined if one.check == "connection"), None)
        if connection is None or connection.state is not State.FINE:
            self.secrets.pop(Secrets.DATABASE, None)
            raise _failure(connection or examined[0])
        self.interview.asker.note(examined)
        return answers

    def _places(self, answers: Answers) -> Answers:
        chosen = self.defaults.chosen_places
        if chosen is None:
            return self.interview.answer(questions.PLACE, partial(self._placed, answers), self.defaults.place)
        catalog, vault = chosen
        return self._with_vault(replace(answers, catalog=catalog, vault=vault), is_there=False)

    def _placed(self, answers: Answers, place: str) -> Answers:
        if place.startswith(S3):
            accept = partial(places_in_s3, place, endpoint=self.defaults.endpoint)
            catalog, vault = self.interview.answer(questions.VAULT_KIND, accept)
            answers = replace(answers, catalog=catalog, vault=vault)
            is_there = False
        else:
            folder = place.rstrip("/") or place
            catalog, vault = places_in_folder(folder)
            self.trial.folder(folder)
            answers = replace(answers, catalog=catalog, vault=vault)
            is_there = self.trial.has_vault(folder)
        return self._with_vault(answers, is_there=is_there)

    def _with_vault(self, answers: Answers, *, is_there: bool) -> Answers:
        """Choose the vault's password: that of the repository that is there, else a new one."""
        if not answers.vault.startswith("restic:"):
            return self._checked_vault(answers)
        kept = self.defaults.vault_password
        if self.interview.has(questions.VAULT_PASSWORD) or (is_there and not kept):
            return self.interview.answer(questions.VAULT_PASSWORD, partial(self._opened, answers))
        return self._opened(answers, kept or self.trial.new_password())

    def _opened(self, answers: Answers, password: str) -> Answers:
        if not password:
            raise UsageError(
                "a restic repository is there already, and its password is needed",
                "give it (--vault-password-file), or choose another place",
            )
        return self._checked_vault(self._with_secret(answers, Secrets.VAULT, password))

    def _checked_vault(self, answers: Answers) -> Answers:
        examined = self.trial.vault(answers, self.secrets)
        bad = next((one for one in examined if one.state is State.PROBLEM), None)
        if bad is not None:
            self.secrets.pop(Secrets.VAULT, None)
            raise _failure(bad)
        self.interview.asker.note(examined)
        return answers

    def _notified(self, answers: Answers, url: str) -> Answers:
        if url:
            answer = self.trial.receiver(answers.source, url)
            self.interview.asker.note([Examined("receiver", State.FINE, "a test notification", answer, "")])
        return self._with_secret(answers, Secrets.NOTIFY, url)

    def _pinged(self, answers: Answers, secret: Secrets, url: str) -> Answers:
        if url:
            self.trial.ping(url)
        return self._with_secret(answers, secret, url)

    def _scheduled(self, answers: Answers) -> Answers:
        ask = self.interview.answer
        scheduler = ask(questions.SCHEDULER, _scheduler, self.defaults.scheduler)
        if scheduler is Scheduler.NONE:
            return replace(answers, scheduler=scheduler)
        backup = ask(questions.BACKUP_AT, Daily.parse)
        drill = ask(questions.DRILL_AT, Weekly.parse)
        return replace(answers, scheduler=scheduler, backup=backup, drill=drill)

    def _with_secret(self, answers: Answers, secret: Secrets, text: str) -> Answers:
        if not text:
            return answers
        self.secrets[secret] = text
        return answers.with_secret(secret, f"file:{secret}")


def _scheduler(text: str) -> Scheduler:
    if text not in set(Scheduler):
        raise UsageError(f"{text!r} is not a scheduler", f"write one of {', '.join(Scheduler)}")
    return Scheduler(text)


def _failure(examined: Examined) -> OperationFailedError:
    return OperationFailedError(f"{examined.what}: {examined.message}", examined.cure)
