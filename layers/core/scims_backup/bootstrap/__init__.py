"""Where adapters are chosen, and clock and ids come from; one module for each kind of deployment's part."""
