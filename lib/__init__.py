"""The mathematics of the book: one NumPy module or package a chapter, and the explorers that show it."""
