"""Events, and the mails that they become."""
