"""Liferay with Point's portlets: districts and departments."""
