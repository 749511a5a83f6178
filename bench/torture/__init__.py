"""Breaking what is stored, and what runs, to see that nothing else breaks.

Does not belong here: damaged pages (`bench.fuzz`).
"""
