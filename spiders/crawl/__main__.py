"""`python -m spiders.crawl`: runs the crawl process, as the pipeline does."""

import sys

from spiders.crawl.process import main

sys.exit(main())
