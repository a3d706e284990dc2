"""What a restored server is asked beyond equality."""
