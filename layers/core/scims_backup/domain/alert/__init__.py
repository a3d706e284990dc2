"""What people and other systems receive about an event: mails for subscribers, details for the bus."""

from scims_backup.domain.alert.bus import detail_for
from scims_backup.domain.alert.condition_mails import mail_of_recovery, mail_while_open
from scims_backup.domain.alert.endpoints import shortened
from scims_backup.domain.alert.mail import mail_for, trial_mail
from scims_backup.domain.alert.message import Mail, State
from scims_backup.domain.alert.wanted import Wanted

__all__ = [
    "Mail",
    "State",
    "Wanted",
    "detail_for",
    "mail_for",
    "mail_of_recovery",
    "mail_while_open",
    "shortened",
    "trial_mail",
]
