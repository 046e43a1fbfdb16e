"""The same work on DBOS: a workflow a chain, a submission and a question as steps, kept in SQLite.

python -m tests.benchmarks.peers.on_dbos URL CHAINS STEPS SLOTS TASK
"""

from __future__ import annotations

import asyncio
import sys
import tempfile

import httpx
from dbos import DBOS, DBOSConfig

from tests.benchmarks.measuring import Meter


class Work:
    """What the steps need from outside of them."""

    client: httpx.AsyncClient
    doors: asyncio.Semaphore
    url = ""
    takes = 0.0


@DBOS.step()
async def submit(task: str, video: str, prompt: str) -> str:
    wanted = {"task_id": task, "video_id": video, "prompt": prompt}
    reply = await Work.client.post(f"{Work.url}/v1/videos/video-extend", json=wanted)
    return str(reply.json()["data"]["task_id"])


@DBOS.step()
async def ask(task: str) -> str:
    while True:
        await asyncio.sleep(Work.takes)
        reply = await Work.client.get(f"{Work.url}/v1/videos/video-extend/{task}")
        if reply.json()["data"]["task_status"] == "succeed":
            return str(reply.json()["data"]["task_result"]["videos"][0]["id"])


@DBOS.workflow()
async def grow(chain: int, steps: int) -> str:
    task, video = f"source-{chain}", f"v-source-{chain}"
    for step in range(steps):
        async with Work.doors:
            task = await submit(task, video, f"{chain}-{step}")
            video = await ask(task)
    return video


async def main(url: str, chains: int, steps: int, slots: int, takes: float) -> None:
    """Run it in a folder that is thrown away, and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        config: DBOSConfig = {
            "name": "bench",
            "system_database_url": f"sqlite:///{folder}/dbos.sqlite",
            "run_admin_server": False,
            "log_level": "ERROR",
        }
        DBOS(config=config)
        DBOS.launch()
        Work.url, Work.takes, Work.doors = url, takes, asyncio.Semaphore(slots)
        async with httpx.AsyncClient(trust_env=False) as Work.client:
            meter = Meter()
            begun = [await DBOS.start_workflow_async(grow, chain, steps) for chain in range(chains)]
            for each in begun:
                await each.get_result()
            meter.stop(chains * steps)
        DBOS.destroy()


if __name__ == "__main__":
    address, chains, steps, slots, takes = sys.argv[1:]
    asyncio.run(main(address, int(chains), int(steps), int(slots), float(takes)))
