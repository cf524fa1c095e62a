"""What can be mended, and how: fixes as data, made with libcst from the findings of one file."""
