"""What one would write in an afternoon, with the same durability: asyncio, httpx, SQLite with FULL.

    python -m tests.benchmarks.plain_script URL CHAINS STEPS SLOTS TASK

Each step is an intent on disk, a POST, an acceptance on disk, one question, and a result on disk. It knows
no budget, no lineage, no edit, no cap, no unclear outcome; it is what the rest is measured against.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import tempfile
from pathlib import Path

import httpx

from tests.benchmarks.measuring import Meter


async def main(url: str, chains: int, steps: int, slots: int, takes: float) -> None:
    """Run it in a folder that is thrown away, and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(Path(folder) / "plain.db", isolation_level=None)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(
            "CREATE TABLE fact (id INTEGER PRIMARY KEY, name TEXT, chain INTEGER, step INTEGER, body TEXT)"
        )
        doors = asyncio.Semaphore(slots)

        def write(name: str, chain: int, step: int, body: object) -> None:
            db.execute("BEGIN IMMEDIATE")
            db.execute(
                "INSERT INTO fact (name, chain, step, body) VALUES (?, ?, ?, ?)",
                (name, chain, step, json.dumps(body)),
            )
            db.execute("COMMIT")

        async def grow(client: httpx.AsyncClient, chain: int) -> None:
            task, video = f"source-{chain}", f"v-source-{chain}"
            for step in range(steps):
                async with doors:
                    wanted = {"task_id": task, "video_id": video, "prompt": f"{chain}-{step}"}
                    write("begun", chain, step, wanted)
                    reply = await client.post(f"{url}/v1/videos/video-extend", json=wanted)
                    task = reply.json()["data"]["task_id"]
                    write("accepted", chain, step, reply.json())
                    while True:
                        await asyncio.sleep(takes)
                        reply = await client.get(f"{url}/v1/videos/video-extend/{task}")
                        if reply.json()["data"]["task_status"] == "succeed":
                            break
                    video = reply.json()["data"]["task_result"]["videos"][0]["id"]
                    write("succeeded", chain, step, reply.json())

        async with httpx.AsyncClient(trust_env=False) as client:
            meter = Meter()
            await asyncio.gather(*(grow(client, chain) for chain in range(chains)))
            meter.stop(chains * steps)
        db.close()


if __name__ == "__main__":
    address, chains, steps, slots, takes = sys.argv[1:]
    asyncio.run(main(address, int(chains), int(steps), int(slots), float(takes)))
