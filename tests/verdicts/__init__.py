"""Frozen verdicts: what the plugin says of every case, example and package of the field study, word for word.

``python -m tests.verdicts`` writes them anew. Whoever changes the analysis or a message sees in the difference what
that does to every program.
"""
