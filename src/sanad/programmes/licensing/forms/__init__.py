"""Shapes of what is typed: the sections of an application, and what officers write and decide."""
