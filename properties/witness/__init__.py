"""One run that breaks something: taken again, shrunk, explained, told in words."""
