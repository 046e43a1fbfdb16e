"""Clients in the style of those in the wild, with the standard library only, pointed at the sandbox."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from orchestrator.media import check
from orchestrator.sandbox import EXAMPLE, Ready


class GatewayClient:
    """As on a gateway's own page: post the pair, ask every now and then, take the first video's URL."""

    def __init__(self, host: str, key: str) -> None:
        self.url = f"{host}/kling/v1/videos/video-extend"
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def _call(self, method: str, url: str, payload: Any = None) -> Any:
        data = json.dumps(payload).encode() if payload is not None else None
        request = urllib.request.Request(url, data, self.headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read().decode("utf-8"))

    def extend(self, task_id: str, video_id: str, prompt: str) -> Any:
        payload = {
            "task_id": task_id,
            "video_id": video_id,
            "prompt": prompt,
            "negative_prompt": "",
            "cfg_scale": 0.5,
            "callback_url": "",
        }
        created = self._call("POST", self.url, payload)
        assert created["code"] == 0, created["message"]
        for _ in range(100):
            data = self._call("GET", f"{self.url}/{created['data']['task_id']}")["data"]
            if data["task_status"] == "succeed":
                return data
            assert data["task_status"] != "failed", data["task_status_msg"]
            time.sleep(0.1)
        raise TimeoutError(created["data"]["task_id"])


class VendorClient:
    """As the vendor's samples: a JWT per request, no task_id, ids as they come, the list to find things."""

    def __init__(self, host: str, access_key: str, secret_key: str) -> None:
        self.host, self.access_key, self.secret_key = host, access_key, secret_key

    def _token(self) -> str:
        now = int(time.time())
        parts = [
            {"alg": "HS256", "typ": "JWT"},
            {"iss": self.access_key, "exp": now + 1800, "nbf": now - 5},
        ]
        signed = ".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
        )
        digest = hmac.new(self.secret_key.encode(), signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"

    def call(self, method: str, path: str, payload: Any = None) -> Any:
        data = json.dumps(payload).encode() if payload is not None else None
        headers = {"Authorization": f"Bearer {self._token()}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.host + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def wait(self, kind: str, task: str) -> Any:
        for _ in range(100):
            data = self.call("GET", f"/v1/videos/{kind}/{task}")["data"]
            if data["task_status"] in ("succeed", "failed"):
                return data
            time.sleep(0.1)
        raise TimeoutError(task)


def test_gateway_client(server: Ready, tmp_path: Path) -> None:
    """The gateway's documented loop extends the documented pair twice and downloads a film that decodes."""
    client = GatewayClient(server.base_url, "sk-whatever")
    first = client.extend(EXAMPLE.task_id, EXAMPLE.video_id, "小动物跑了起来")
    video = first["task_result"]["videos"][0]
    second = client.extend(first["task_id"], video["id"], "它停下来看着镜头")
    longer = second["task_result"]["videos"][0]
    assert float(longer["duration"]) > float(video["duration"]) > 5.1
    film = tmp_path / "film.mp4"
    with urllib.request.urlopen(longer["url"]) as response:
        film.write_bytes(response.read())
    assert abs(float(check(film, thorough=True).seconds) - float(longer["duration"])) < 0.1


def test_vendor_client(native_server: Ready) -> None:
    """A vendor's client makes a video, extends it without a task_id, and finds both in the lists."""
    client = VendorClient(native_server.base_url, "ak", "sk")
    wish = {"model_name": "kling-v1-6", "prompt": "a koi", "duration": "5", "external_task_id": "order-1"}
    created = client.call("POST", "/v1/videos/text2video", wish)["data"]
    assert int(created["task_id"]) > 2**53
    made = client.wait("text2video", "order-1")
    extended = client.call(
        "POST",
        "/v1/videos/video-extend",
        {"video_id": made["task_result"]["videos"][0]["id"], "prompt": "on"},
    )
    last = client.wait("video-extend", extended["data"]["task_id"])
    assert last["task_info"]["parent_video"]["id"] == made["task_result"]["videos"][0]["id"]
    listed = client.call("GET", "/v1/videos/video-extend?pageNum=1&pageSize=30")["data"]
    assert [task["task_id"] for task in listed] == [last["task_id"]]


@pytest.mark.parametrize(("access", "secret", "code"), [("ak", "wrong", 1000), ("nobody", "sk", 1002)])
def test_vendor_client_with_wrong_keys(native_server: Ready, access: str, secret: str, code: int) -> None:
    """Wrong keys are told apart by their codes, and the account's page is shut as well."""
    client = VendorClient(native_server.base_url, access, secret)
    assert client.call("GET", "/account/costs")["code"] == code
    assert client.call("POST", "/v1/videos/text2video", {"prompt": "x"})["code"] == code
