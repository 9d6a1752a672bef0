"""How a command line is run: apart from the caller where it opens files, and its end."""
