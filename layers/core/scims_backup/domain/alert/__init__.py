"""What people and other systems are told of an event: mails for those who subscribed, details for the bus."""

from scims_backup.domain.alert.bus import detail_for
from scims_backup.domain.alert.endpoints import shortened
from scims_backup.domain.alert.mail import Mail, mail_for

__all__ = ["Mail", "detail_for", "mail_for", "shortened"]
