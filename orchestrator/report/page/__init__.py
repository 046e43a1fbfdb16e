"""The page people look at: its data, its layout, its hand-written front end, and the server's answers."""

from orchestrator.report.page.assembly import LIVE_POLICY, single_page
from orchestrator.report.page.contents import Telling, contents
from orchestrator.report.page.serving import Page, live_film
from orchestrator.report.page.stills import data_uris

__all__ = ["LIVE_POLICY", "Page", "Telling", "contents", "data_uris", "live_film", "single_page"]
