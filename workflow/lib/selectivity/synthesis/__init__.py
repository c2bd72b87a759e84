"""Synthetic images by gradient ascent: activation maximization, alone (AM) or against the rest of the layer (IAM)."""
