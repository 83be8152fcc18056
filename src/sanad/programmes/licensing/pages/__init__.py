"""Pages of licensing; each module names its own routes."""
