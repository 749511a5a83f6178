"""A Scrapy process that stops gracefully, however many signals it receives."""

from __future__ import annotations

import asyncio
from types import FrameType

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.ossignal import install_shutdown_handlers


class GracefulProcess(AsyncCrawlerProcess):
    """A Scrapy process that finishes open requests and WARC files after any number of signals.

    A service manager signals every process of a service, and the parent process then signals its child again. On a
    second signal, Scrapy would drop all open requests. SIGKILL ends the process at once, as `dagster_project.children`
    does after a timeout.
    """

    def start(self, stop_after_crawl: bool = True, install_signal_handlers: bool = True) -> None:
        """Run the reactor until every crawl has ended; the arguments are Scrapy's."""
        from twisted.internet import reactor  # an import before Scrapy's setup would install another reactor

        stopping: list[asyncio.Future[None]] = []  # references, because the event loop keeps only weak ones

        def stop(_signum: int, _frame: FrameType | None) -> None:
            reactor.callFromThread(lambda: stopping.append(asyncio.ensure_future(self.stop())))

        if install_signal_handlers:
            reactor.callWhenRunning(install_shutdown_handlers, stop)
        super().start(stop_after_crawl, install_signal_handlers=False)
