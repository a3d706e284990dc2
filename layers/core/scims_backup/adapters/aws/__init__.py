"""What all adapters of AWS's services have in common."""
