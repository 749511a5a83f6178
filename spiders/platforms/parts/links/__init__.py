"""What the links of a page lead to: files, and boxes of other articles."""
