"""Who wrote an article and where it was published before.

It reads names, author lines and credits, and takes them off a text.
Belongs here: reading such lines. Does not belong here: finding the elements that a template marks (each platform).
"""
