"""The rules of backup and proof: standard library only, no clock, no input or output."""
