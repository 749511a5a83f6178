"""Extraction of articles and list rows from captures, and the stage that runs it on the archive.

Belongs here: choosing the template, building articles from their parts, the extractor's version. Does not belong here:
markup (`spiders.platforms`).
"""
