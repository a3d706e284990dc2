"""What people and other systems receive about an event: mails for subscribers, details for the bus."""

from scims_backup.domain.alert.bus import detail_for
from scims_backup.domain.alert.endpoints import shortened
from scims_backup.domain.alert.mail import Mail, mail_for, trial_mail
from scims_backup.domain.alert.wanted import Wanted

__all__ = ["Mail", "Wanted", "detail_for", "mail_for", "shortened", "trial_mail"]
