"""`python -m spiders.crawl`: the crawl process, as the pipeline starts it and as anyone can by hand."""

import sys

from spiders.crawl.process import main

sys.exit(main())
