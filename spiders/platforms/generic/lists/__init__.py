"""Lists on unknown CMSs: repeated rows, and what each states."""
