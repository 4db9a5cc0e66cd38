"""The mathematics of the book: one NumPy module a chapter, and the explorers that show it."""
