"""Questions that pages and API ask of the tables."""
