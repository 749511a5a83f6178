"""Commands that read the published corpus and change nothing in it."""
