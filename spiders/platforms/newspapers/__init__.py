"""CMSs of newspapers, one package each, and their shared code."""
