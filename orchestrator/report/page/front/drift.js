// How far the look of a film has drifted from its first seconds: a small curve, a point a step.

import { make, shortName } from "./making.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 320;
const HEIGHT = 72;
const FOOT = 8;
const LINES = [0, 0.35, 1];
const PARTS = ["brightness", "contrast", "saturation", "sharpness"];

export class Drifts {
  constructor(inside, live) {
    this.known = new Map(Object.entries(inside));
    this.live = live;
    this.asked = new Map();
  }

  // What was measured of that step; the server measures it when first asked.
  async of(node) {
    if (!this.known.has(node.key) && this.live && node.film) {
      if (!this.asked.has(node.key)) this.asked.set(node.key, this.ask(node.key));
      await this.asked.get(node.key);
    }
    return this.known.get(node.key) ?? null;
  }

  async ask(key) {
    const answer = await fetch(`drift/${key}.json`).catch(() => null);
    this.known.set(key, answer?.ok ? await answer.json() : null);
  }

  // The section of a panel; it fills while `wanted` says that somebody still looks at it.
  section(path, wanted) {
    const steps = path.slice(1);
    const measured = steps.some((each) => this.known.get(each.key));
    if (!steps.length || !(measured || (this.live && path.at(-1).film))) return null;
    const words = make("p", "quiet", this.live ? "measuring …" : "");
    const section = make("section", "drift", [make("h3", "", "Drift"), words]);
    this.fill(section, words, steps, wanted);
    return section;
  }

  async fill(section, words, steps, wanted) {
    const last = steps.at(-1);
    // The chosen step first, then those that lead there: each takes the server a moment.
    for (const node of [last, ...steps.slice(0, -1)]) {
      await this.of(node);
      if (!wanted()) return;
      const found = steps.map((each) => this.known.get(each.key) ?? null);
      section.querySelector("svg")?.remove();
      if (found.some(Boolean)) words.before(curve(steps, found));
      words.replaceChildren(...told(found.at(-1)));
    }
  }
}

function told(drift) {
  if (!drift) return ["Not measured: the film is not here, or nobody asked (orchestrate lineage show … --drift)."];
  const parts = PARTS.map((name) => `${name} ${percent(drift[name])}`).join(", ");
  const seam = drift.seam === null ? "" : ` Seam ${Number(drift.seam).toFixed(2)}.`;
  return [make("strong", "", Number(drift.amount).toFixed(2)), ` from its first seconds: ${parts}.${seam}`];
}

function percent(logarithm) {
  const value = Math.round((2 ** Number(logarithm) - 1) * 100);
  return value > 0 ? `+${value} %` : value < 0 ? `−${-value} %` : "as it was";
}

function curve(steps, found) {
  const top = Math.max(1, ...found.map((each) => Number(each?.amount ?? 0)));
  const x = (place) => (steps.length === 1 ? WIDTH / 2 : 6 + (place * (WIDTH - 12)) / (steps.length - 1));
  const y = (amount) => HEIGHT - FOOT - (amount / top) * (HEIGHT - 2 * FOOT);
  const drawing = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  for (const line of LINES) {
    drawing.append(draw("line", { x1: 0, x2: WIDTH, y1: y(line), y2: y(line), class: "rule" }));
    drawing.append(draw("text", { x: WIDTH, y: y(line) - 2, class: "scale" }, String(line)));
  }
  const points = found.map((each, place) => each && [x(place), y(Number(each.amount))]);
  drawing.append(draw("polyline", { points: points.filter(Boolean).map((each) => each.join(",")).join(" ") }));
  points.forEach((point, place) => {
    if (!point) return;
    const dot = draw("circle", { cx: point[0], cy: point[1], r: place === steps.length - 1 ? 4 : 2.5 });
    const amount = Number(found[place].amount).toFixed(2);
    dot.append(draw("title", {}, `${shortName(steps[place])}: ${amount}, most in ${found[place].largest}`));
    drawing.append(dot);
  });
  drawing.setAttribute("aria-label", `drift of ${steps.length} steps, up to ${top.toFixed(2)}`);
  return drawing;
}

function draw(tag, attributes, text = "") {
  const made = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}
