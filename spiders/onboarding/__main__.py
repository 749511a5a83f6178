"""`python -m spiders.onboarding`: the process that fetches a few pages of portals."""

from spiders.onboarding.process import main

main()
