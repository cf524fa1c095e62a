"""What the analysis costs, beside what ``ast.parse`` costs.

``python -m benchmarks`` installs nothing: it downloads the packages of ``packages.txt`` into ``.benchmarks/``, unpacks
them, and measures every file of theirs that uses the synchronous client of websockets. ``python -m benchmarks DIRECTORY``
measures the files below a directory instead. Both print a table; the bound is a ratio of 1.
"""
