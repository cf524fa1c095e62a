"""A function as a control-flow graph: instructions, and the normal and exceptional edges between them."""
