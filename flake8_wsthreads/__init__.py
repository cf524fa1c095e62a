"""A flake8 plugin that finds ``websockets.sync`` clients that keep a program from exiting or leak their connection."""

__version__ = "0.1.0"
