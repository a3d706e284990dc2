"""Where servers come from that drills restore to."""
