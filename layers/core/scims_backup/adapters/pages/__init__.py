"""The status page as HTML, and the places where it is stored."""
