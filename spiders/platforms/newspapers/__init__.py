"""The newspapers' systems, ONECMS and zce, and what they have in common."""
