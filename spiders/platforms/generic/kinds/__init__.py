"""What a page of an unknown CMS is: an article, a list, or neither."""
