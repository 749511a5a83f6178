"""What one element says by its tag and attributes: whether it is seen, its picture, its line breaks."""
