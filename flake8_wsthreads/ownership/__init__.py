"""Who has a connection after the function that opened it, and what is done with it there."""
