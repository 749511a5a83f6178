"""What is typed: the commands by their names, and the portals and releases that commands are given."""
