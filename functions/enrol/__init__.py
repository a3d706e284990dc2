"""The function that gives the vault its escrow password."""
