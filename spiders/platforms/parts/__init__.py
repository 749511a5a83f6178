"""What platforms share: selectors, addresses, blocks of text, and the roles of the parts of an article.

Not here: anything that knows one CMS.
"""
