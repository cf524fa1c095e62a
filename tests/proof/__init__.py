"""Proof of the path analysis: generated functions run on every path, and the analysis must agree with it."""
