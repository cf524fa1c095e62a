"""Fixes: documents full of small programs with the difference that a fix makes; what every fix must hold to."""
