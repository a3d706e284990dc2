"""What the product does, one module a use case, written against ports alone."""
