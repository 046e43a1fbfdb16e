"""The same work on Prefect: a flow a chain, a submission and a question as tasks, on its own server.

python -m tests.benchmarks.peers.on_prefect URL CHAINS STEPS SLOTS TASK
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile

from tests.benchmarks.measuring import Meter


async def main(url: str, chains: int, steps: int, slots: int, takes: float) -> None:
    """Run it in a folder that is thrown away, and print what it took."""
    import httpx
    from prefect import flow, task

    doors = asyncio.Semaphore(slots)
    client = httpx.AsyncClient(trust_env=False)

    @task(persist_result=True)
    async def submit(parent: str, video: str, prompt: str) -> str:
        wanted = {"task_id": parent, "video_id": video, "prompt": prompt}
        reply = await client.post(f"{url}/v1/videos/video-extend", json=wanted)
        return str(reply.json()["data"]["task_id"])

    @task(persist_result=True)
    async def ask(name: str) -> str:
        while True:
            await asyncio.sleep(takes)
            reply = await client.get(f"{url}/v1/videos/video-extend/{name}")
            if reply.json()["data"]["task_status"] == "succeed":
                return str(reply.json()["data"]["task_result"]["videos"][0]["id"])

    @flow
    async def grow(chain: int) -> str:
        name, video = f"source-{chain}", f"v-source-{chain}"
        for step in range(steps):
            async with doors:
                name = await submit(name, video, f"{chain}-{step}")
                video = await ask(name)
        return video

    @flow
    async def everything() -> None:
        meter = Meter()
        await asyncio.gather(*(grow(chain) for chain in range(chains)))
        meter.stop(chains * steps)

    await everything()
    await client.aclose()


if __name__ == "__main__":
    address, chains, steps, slots, takes = sys.argv[1:]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ |= {
            "PREFECT_HOME": folder,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_LOGGING_LEVEL": "ERROR",
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
            # Its server waits 10 s for its own database, and its client gives up on a busy machine.
            "PREFECT_SERVER_DATABASE_TIMEOUT": "120",
            "PREFECT_SERVER_DATABASE_CONNECTION_TIMEOUT": "120",
            "PREFECT_API_REQUEST_TIMEOUT": "300",
            "DO_NOT_TRACK": "1",
        }
        asyncio.run(main(address, int(chains), int(steps), int(slots), float(takes)))
