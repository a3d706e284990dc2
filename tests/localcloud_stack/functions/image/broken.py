"""A module that cannot be loaded."""

import os

print("about to break", flush=True)
os._exit(7)
