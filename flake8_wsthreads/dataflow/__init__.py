"""What the paths of a function do with one connection: an abstract interpreter over its graph, and summaries."""
