"""The programmes, each a folder of one shape (README.md). A folder that is here is installed: nothing else names it."""
