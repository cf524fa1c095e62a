"""The text and the tree of one file: its words, its syntax, and how many steps it may cost."""
