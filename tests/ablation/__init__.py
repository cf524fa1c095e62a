"""Mechanisms of the analysis, switched off one at a time: each must be missed by some case."""
