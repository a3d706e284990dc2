"""The AWS stack, shown on this machine."""
