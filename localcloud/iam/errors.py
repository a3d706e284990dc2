"""What cannot be judged."""


class PolicyError(Exception):
    """A policy or a request that IAM would refuse, or that is not known here."""
