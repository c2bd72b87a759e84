"""Images and their classes: the index of a dataset, and the pictures behind it read in place."""

from selectivity.datasets.images import Images, open_images
from selectivity.datasets.sources import ImageSource

__all__ = ["ImageSource", "Images", "open_images"]
