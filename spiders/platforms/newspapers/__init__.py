"""The newspapers' systems, a package each, and what they have in common."""
