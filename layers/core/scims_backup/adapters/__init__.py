"""One folder for each port: every adapter translates its tool's failures into domain errors."""
