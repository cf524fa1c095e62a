"""No file makes the analysis raise: real files by the thousand, and shapes that no one writes by hand."""
