"""The same work on Restate: a service a chain, a submission and a question as durable steps.

    python -m tests.benchmarks.peers.on_restate URL CHAINS STEPS SLOTS TASK

RESTATE_SERVER names the server's program.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile

import httpx
import hypercorn.asyncio
import hypercorn.config
import restate

from tests.benchmarks.measuring import Meter


class Work:
    """What the steps need from outside of them."""

    client: httpx.AsyncClient
    doors: asyncio.Semaphore
    url = ""
    takes = 0.0


chains_of = restate.Service("chains")


@chains_of.handler()
async def grow(ctx: restate.Context, wanted: dict[str, int]) -> str:
    task, video = f"source-{wanted['chain']}", f"v-source-{wanted['chain']}"
    for step in range(wanted["steps"]):
        async with Work.doors:
            body = {"task_id": task, "video_id": video, "prompt": f"{wanted['chain']}-{step}"}
            task = await ctx.run_typed("submit", submit, body=body)
            video = await ctx.run_typed("ask", ask, task=task)
    return video


async def submit(body: dict[str, str]) -> str:
    reply = await Work.client.post(f"{Work.url}/v1/videos/video-extend", json=body)
    return str(reply.json()["data"]["task_id"])


async def ask(task: str) -> str:
    while True:
        await asyncio.sleep(Work.takes)
        reply = await Work.client.get(f"{Work.url}/v1/videos/video-extend/{task}")
        if reply.json()["data"]["task_status"] == "succeed":
            return str(reply.json()["data"]["task_result"]["videos"][0]["id"])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def ready(client: httpx.AsyncClient, address: str) -> None:
    """Return once something answers there."""
    for _ in range(300):
        try:
            await client.get(address)
            return
        except httpx.TransportError:
            await asyncio.sleep(0.2)
    raise TimeoutError(address)


async def main(folder: str, url: str, chains: int, steps: int, slots: int, takes: float) -> None:
    """Serve the chains, register them, call them all, and print what it took."""
    ingress, admin, ours = free_port(), free_port(), free_port()
    settings = {
        "RESTATE_INGRESS__BIND_ADDRESS": f"127.0.0.1:{ingress}",
        "RESTATE_ADMIN__BIND_ADDRESS": f"127.0.0.1:{admin}",
        "RESTATE_BIND_ADDRESS": f"127.0.0.1:{free_port()}",
        "RESTATE_BASE_DIR": folder,
        "RESTATE_LOG_FILTER": "error",
        "DO_NOT_TRACK": "1",
    }
    server = subprocess.Popen(
        [os.environ["RESTATE_SERVER"]], env={**os.environ, **settings}, stdout=subprocess.DEVNULL
    )
    Work.url, Work.takes, Work.doors = url, takes, asyncio.Semaphore(slots)
    config = hypercorn.config.Config()
    config.bind = [f"127.0.0.1:{ours}"]
    over = asyncio.Event()
    serving = asyncio.create_task(
        hypercorn.asyncio.serve(restate.app([chains_of]), config, shutdown_trigger=over.wait)
    )
    limits = httpx.Limits(max_connections=None)
    try:
        async with (
            httpx.AsyncClient(trust_env=False) as Work.client,
            httpx.AsyncClient(trust_env=False, timeout=600, limits=limits) as client,
        ):
            await ready(client, f"http://127.0.0.1:{admin}/health")
            await ready(client, f"http://127.0.0.1:{ingress}/restate/health")
            await ready(client, f"http://127.0.0.1:{ours}/")
            await client.post(
                f"http://127.0.0.1:{admin}/deployments", json={"uri": f"http://127.0.0.1:{ours}"}
            )
            meter = Meter()
            calls = [
                client.post(f"http://127.0.0.1:{ingress}/chains/grow", json={"chain": chain, "steps": steps})
                for chain in range(chains)
            ]
            for reply in await asyncio.gather(*calls):
                reply.raise_for_status()
            meter.arrived()
            server.send_signal(signal.SIGTERM)
            server.wait(30)
            meter.stop(chains * steps)
    finally:
        server.kill()
        over.set()
        await serving


if __name__ == "__main__":
    address, chains, steps, slots, takes = sys.argv[1:]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as base:
        asyncio.run(main(base, address, int(chains), int(steps), int(slots), float(takes)))
