"""The main job, shown on a throwaway database: `make demo`."""
