"""NukeViet: communes, schools and some departments."""
