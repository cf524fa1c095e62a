"""What the analysis costs, beside what ``ast.parse`` costs.

``python -m benchmarks`` installs nothing: it downloads the packages of ``packages.txt`` into ``.benchmarks/``, unpacks
them, and measures every file of theirs that uses the synchronous client of websockets.
``python -m benchmarks DIRECTORY`` measures the files below a directory instead.

Both print a table of the slowest files, the ratio of the two costs (the bound is 1), what importing the plugin adds to
flake8, and how the cost of generated programs grows from 5,000 lines to 50,000.
"""
