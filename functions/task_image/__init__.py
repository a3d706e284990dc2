"""The function that answers a deployment."""
