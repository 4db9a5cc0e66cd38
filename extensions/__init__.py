"""The thin Sphinx side of the book: everything that would have to change with another book builder."""
