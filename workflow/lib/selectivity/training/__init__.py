"""Training networks on images in memory, reproducibly to the bit."""
