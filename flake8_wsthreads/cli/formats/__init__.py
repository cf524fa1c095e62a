"""The forms in which ``check`` prints what it has found: one module for each, with a function ``write``."""
