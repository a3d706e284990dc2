"""Files and folders of a new deployment."""
