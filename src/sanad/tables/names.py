"""The names of the three databases. "default" is the working one: installed packages keep theirs there too."""

VIEW, WORKING, SECRET = "view", "default", "secret"
