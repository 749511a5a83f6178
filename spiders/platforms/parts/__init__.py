"""Code shared by all platforms: selectors, URLs, text blocks, and the roles of an article's blocks.

Does not belong here: anything that is specific to one CMS.
"""
