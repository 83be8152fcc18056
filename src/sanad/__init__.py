"""Sanad: one tamper-evident record that parties who do not trust each other write to."""

__version__ = "0.1.0"
