"""One small film for all tests of this package, and how they look into films."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import av
import pytest
from PIL import Image

from orchestrator.media import Caption, render
from orchestrator.media.pictures import picture

KOI = Caption("koi · step 7", "锦鲤缓缓游过荷叶，尾鳍在水面划出细细的涟漪", "0:30 – 0:35")

Pictures = Callable[[Path], list[Image.Image]]
Packets = Callable[[Path], list[bytes]]


@pytest.fixture(scope="session")
def caption() -> Caption:
    """A Chinese caption."""
    return KOI


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds, never written to by a test."""
    path = tmp_path_factory.mktemp("film") / "koi.mp4"
    render(KOI, Decimal(5), path)
    return path


@pytest.fixture(scope="session")
def loud(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same five seconds with sound between the pictures, hence in many chunks."""
    path = tmp_path_factory.mktemp("loud") / "loud.mp4"
    with av.open(str(film)) as silent, av.open(str(path), "w") as container:
        video = container.add_stream_from_template(silent.streams.video[0])
        audio = container.add_stream("aac", rate=44100, layout="mono")
        for number, packet in enumerate(silent.demux(video=0)):
            if packet.size:
                packet.stream = video
                container.mux(
                    [packet, *(p for beat in range(4) for p in audio.encode(_hum(4 * number + beat)))]
                )
        container.mux(audio.encode())
    return path


def _hum(number: int) -> av.AudioFrame:
    sound = av.AudioFrame("fltp", "mono", 1024)
    sound.sample_rate, sound.pts = 44100, 1024 * number
    sound.planes[0].update(bytes(sound.planes[0].buffer_size))
    return sound


@pytest.fixture(scope="session")
def pictures() -> Pictures:
    """Decodes every frame of a film from its beginning, without seeking."""

    def decode(path: Path) -> list[Image.Image]:
        with av.open(str(path)) as container:
            return [picture(frame) for frame in container.decode(video=0)]

    return decode


@pytest.fixture(scope="session")
def packets() -> Packets:
    """The packets of a film's picture, byte for byte."""

    def read(path: Path) -> list[bytes]:
        with av.open(str(path)) as container:
            return [bytes(packet) for packet in container.demux(video=0) if packet.size]

    return read


@pytest.fixture(autouse=True)
def _silence(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing in this package writes to the terminal by itself, libav included."""
    yield
    shown = capfd.readouterr()
    assert shown.err == ""
    assert shown.out == ""
