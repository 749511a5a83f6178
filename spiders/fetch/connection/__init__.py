"""The connection under a request: which addresses may be connected to, and TLS as old servers need it.

Not here: what is sent over it (the middlewares beside this package).
"""
