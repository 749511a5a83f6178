"""Stories: articles that tell of the same event, found day by day.

Belongs here: the terms of an article, their weights, linking articles to stories, and why each article belongs.
Does not belong here: copies of one text (equal hashes), which articles and revisions exist (dbt), and reading or
writing files.

A story is made by group-average linking of term vectors, the method that Yang, Pierce and Carbonell (A Study on
Retrospective and On-line Event Detection, 1998) found best for events in news. A day's articles are linked with each
other and with the stories known the day before.
"""
