"""The command line: ``check`` lints files through flake8 and shows all that the analysis knows, ``rule`` explains."""
