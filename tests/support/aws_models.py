"""Fast clients of AWS: botocore reads a service's description for every session again, which takes 0.1 s."""

from functools import cache

import botocore.session


def share_descriptions() -> None:
    """Let all sessions of this process have one loader of descriptions, as clients of one session do."""
    botocore.session.create_loader = cache(botocore.session.create_loader)
