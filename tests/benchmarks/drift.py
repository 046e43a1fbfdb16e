"""What the drift numbers mean: films made with a known change, and what is measured of them.

python -m tests.benchmarks.drift [--sheet FILE.png]

Each row is a film of two scenes of five seconds: the source, and an extension that was changed as the row
says and nothing else. The four columns are binary logarithms of ratios to the source, and the drift is the
largest of them; the seam is beside it. `--sheet` draws the frames of each row, so that eyes can judge.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import av

from orchestrator.drift import Drift
from orchestrator.lineage import Comparison, Excerpt
from orchestrator.media import Caption, Grade, contact_sheet, extend, measure, render

SOURCE = "锦鲤缓缓游过荷叶"
OTHERS = (
    *("锦鲤跃出水面", "涟漪散开", "夜幕降临", "青蛙", "雪", "萤火虫亮起，荷塘边的灯笼一盏盏点亮，夜色渐深"),
    *("sunrise over a lake", "a robot walks", "A slow pan along the pond; lanterns are lit one by one"),
)
FIVE = Decimal(5)
SIZE, FPS = (640, 360), 24

Row = tuple[str, str, Grade]


def rows() -> Iterator[Row]:
    """A name, the prompt of the new seconds, and how they are graded."""
    yield "the same prompt again", SOURCE, Grade()
    for prompt in OTHERS:
        yield f"another prompt: {prompt[:18]}", prompt, Grade()
    for factor in (0.5, 0.8, 1.1, 1.25, 1.5, 2.0):
        yield f"light x {factor}", SOURCE, Grade(light=factor)
    for factor in (0.5, 0.8, 1.1, 1.25, 1.5, 2.0):
        yield f"contrast x {factor}", SOURCE, Grade(contrast=factor)
    for factor in (0.0, 0.5, 0.8, 1.1, 1.25, 1.5, 2.0):
        yield f"colour x {factor}", SOURCE, Grade(colour=factor)
    for blur in (0.25, 0.5, 1.0, 2.0):
        yield f"blurred by {blur} points of 180", SOURCE, Grade(blur=blur)


def filmed(folder: Path, prompt: str, grade: Grade) -> tuple[Path, Comparison]:
    """The film of a row, and what is compared in it."""
    film = folder / "film.mp4"
    render(Caption("drift", SOURCE, "0:00"), FIVE, film, size=SIZE, fps=FPS)
    extend(film, Caption("drift", prompt, "0:05"), FIVE, film, grade=grade)
    source = Excerpt(film.name, Decimal(0), FIVE)
    return film, Comparison(source, source, Excerpt(film.name, FIVE, 2 * FIVE))


def coded(film: Path, crf: int, times: int) -> None:
    """The second half encoded that coarsely, so many times over; the first half as it was."""
    for _ in range(times):
        again = film.with_name("again.mp4")
        with av.open(str(film)) as plain, av.open(str(again), "w") as container:
            stream = container.add_stream(
                "libx264", rate=FPS, options={"crf": str(crf), "preset": "veryfast"}
            )
            stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
            for frame in plain.decode(video=0):
                frame.pict_type = av.video.frame.PictureType.NONE
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        again.replace(film)


def line(name: str, found: Drift) -> str:
    """A row of the table."""
    parts = "".join(f"{value:>+11.2f}" for value in found.parts.values())
    return f"{name:<40}{found.amount:>6.2f}{parts}{found.seam or 0:>8.2f}"


def main() -> None:
    sheet = Path(sys.argv[2]) if sys.argv[1:2] == ["--sheet"] else None
    heads = "".join(f"{name:>11}" for name in ("brightness", "contrast", "saturation", "sharpness"))
    print(f"{'the new seconds':<40}{'drift':>6}{heads}{'seam':>8}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cells: list[tuple[Path | None, Decimal, str]] = []
        for number, (row, prompt, grade) in enumerate(rows()):
            film, wanted = filmed(folder, prompt, grade)
            found = measure(wanted, folder)
            print(line(row, found), flush=True)
            kept = film.rename(folder / f"{number}.mp4")
            cells.append((kept, Decimal("7.5"), f"{found.amount:.2f}  {row}"))
        for crf, times in ((23, 1), (28, 1), (23, 8)):
            film, wanted = filmed(folder, SOURCE, Grade())
            whole = folder / "whole.mp4"
            whole.write_bytes(film.read_bytes())
            coded(film, crf, times)
            source = Excerpt(whole.name, Decimal(0), FIVE)
            found = measure(Comparison(source, source, wanted.segment), folder)
            print(line(f"encoded {times} x at crf {crf}", found), flush=True)
        if sheet is not None:
            contact_sheet(cells, sheet)


if __name__ == "__main__":
    main()
