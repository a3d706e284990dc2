"""What can go wrong with the machine that plays AWS."""


class LocalCloudError(Exception):
    """A part of the local cloud did not do what was asked."""
