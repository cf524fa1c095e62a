"""A function as a graph of steps, and what its paths do with a connection."""
