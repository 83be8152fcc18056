"""`sanad bench`: a node, a client and the disk of this machine, measured from end to end as real processes."""
