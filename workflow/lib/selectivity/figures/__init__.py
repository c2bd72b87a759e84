"""Figures of the papers, drawn in one house style and saved with the numbers that they show."""
