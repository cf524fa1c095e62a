"""The laboratory: programs run on real releases of websockets, and what happens is compared with what the rules say."""
