"""What people and programs meet: the command line, and the demonstration that it plays."""
