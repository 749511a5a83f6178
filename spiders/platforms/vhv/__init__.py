"""VHV's system: party portals and others."""
