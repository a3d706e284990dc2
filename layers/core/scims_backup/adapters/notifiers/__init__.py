"""Who passes on what happened: a topic of SNS to people, an event bus to other systems."""
