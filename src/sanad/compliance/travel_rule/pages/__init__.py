"""Pages of the Travel Rule."""
