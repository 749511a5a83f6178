"""From a capture to an article or the rows of a list, and the stage that does so for the whole archive.

Here: which platform speaks, what is made of the parts, the extractor's version. Not here: markup
(`spiders.platforms`).
"""
