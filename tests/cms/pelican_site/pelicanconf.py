"""Settings of the Pelican site of the tests: its default theme; what differs comes from the environment."""

import os

SITENAME = os.environ["CMS_SITE_NAME"]
SITEURL = os.environ["CMS_URL"]
AUTHOR = os.environ["CMS_EDITORS"]
PATH = "content"
OUTPUT_PATH = "output"
DELETE_OUTPUT_DIRECTORY = True
TIMEZONE = "Asia/Ho_Chi_Minh"
DEFAULT_LANG = "vi"
DEFAULT_DATE_FORMAT = "%d/%m/%Y"
DEFAULT_PAGINATION = 8
ARTICLE_URL = ARTICLE_SAVE_AS = "{category}/{slug}.html"
STATIC_PATHS = ["files"]
WITH_FUTURE_DATES = False
FEED_ALL_ATOM = "feeds/all.atom.xml"
CATEGORY_FEED_ATOM = "feeds/{slug}.atom.xml"
FEED_MAX_ITEMS = 12
PLUGIN_PATHS = ["."]
PLUGINS = ["stored"]
