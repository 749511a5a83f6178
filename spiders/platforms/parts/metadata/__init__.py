"""What a page says about itself to machines: metadata, and the type of the page that WordPress states."""
