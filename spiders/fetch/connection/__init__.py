"""The connection of a request: which IP addresses are allowed, and TLS for old servers.

Does not belong here: requests and responses (see the middlewares in `spiders.fetch`).
"""
