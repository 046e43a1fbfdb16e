// The stage: lanes on a time axis. Only the lanes in sight have elements, so 10,000 takes pan as easily as ten.

import { CHINESE, clock, make, prompt, shortName, titleOf } from "./making.js";

const ROW = 76;
const BOX = 50;
const AHEAD = 2; // lanes kept ready above and below what is seen
const LEAST = 4.4; // pixels a second below which a step is too thin to hit
const MOST = 90;
const WORDED = 66; // pixels for a box that must show its word

export class Stage {
  constructor(model, pictures) {
    this.model = model;
    this.pictures = pictures;
    this.root = document.getElementById("stage");
    this.axis = document.getElementById("axis");
    this.field = document.getElementById("lanes");
    this.drawn = new Map();
    this.chosen = null;
    this.path = new Set();
    this.zoom = null;
    this.pending = 0;
    this.root.addEventListener("scroll", () => this.soon(), { passive: true });
    new ResizeObserver(() => this.measure()).observe(this.root);
  }

  // ---- measures

  measure() {
    this.gutter = this.root.clientWidth < 620 ? 10 : 128;
    this.height = this.root.clientHeight;
    const fitting = (this.root.clientWidth - this.gutter - 30) / (this.model.cap + 3);
    this.scale = Math.min(MOST, Math.max(LEAST, this.zoom ?? Math.max(fitting, this.gutter < 20 ? 9 : LEAST)));
    this.root.style.setProperty("--gutter", `${this.gutter}px`);
    this.root.style.setProperty("--cap", `${this.x(this.model.cap)}px`);
    this.drawAxis();
    this.redraw();
  }

  x(seconds) {
    return this.gutter + seconds * this.scale;
  }

  secondAt(clientX) {
    return (clientX - this.root.getBoundingClientRect().left + this.root.scrollLeft - this.gutter) / this.scale;
  }

  // Zoom keeping in its place what is under the pointer; else the chosen box, if it is in sight, else the middle.
  zoomBy(factor, clientX = this.middle()) {
    const second = this.secondAt(clientX);
    const offset = this.x(second) - this.root.scrollLeft;
    this.zoom = Math.min(MOST, Math.max(LEAST, this.scale * factor));
    this.measure();
    this.root.scrollLeft = this.x(second) - offset;
  }

  middle() {
    const { left, right } = this.root.getBoundingClientRect();
    const node = this.model.nodes[this.chosen];
    const at = node ? left + this.x((node.begins + node.ends) / 2) - this.root.scrollLeft : left;
    return left + this.gutter < at && at < right ? at : (left + right) / 2;
  }

  fit() {
    this.zoom = null;
    this.measure();
  }

  drawAxis() {
    const step = [1, 2, 5, 10, 15, 30, 60].find((each) => each * this.scale >= 58) ?? 60;
    const ticks = [];
    for (let at = 0; at < this.model.cap; at += step) {
      if (at && this.x(this.model.cap) - this.x(at) < 112) break;
      ticks.push(this.tick(at, clock(at), "tick"));
    }
    // Films of several segments reach beyond the cap, which is each segment's.
    const name = this.model.cap > 180 ? "" : "cap ";
    ticks.push(this.tick(this.model.cap, `${name}${clock(this.model.cap)}`, "tick cap"));
    this.mark ??= make("span", "mark");
    this.mark.hidden = true;
    this.axis.replaceChildren(...ticks, this.mark);
    this.field.style.setProperty("--step", `${step * this.scale}px`);
    const width = `${this.x(this.model.cap) + 26}px`;
    this.axis.style.width = width;
    this.field.style.width = width;
  }

  tick(second, text, name) {
    const made = make("span", name, text);
    made.style.left = `${this.x(second)}px`;
    return made;
  }

  // A line at a second of film, over all lanes.
  point(second, sticky = false) {
    if (sticky) this.stuck = second;
    const at = second ?? this.stuck ?? null;
    const off = at === null || at < 0 || at > this.model.cap;
    this.root.classList.toggle("pointed", !off);
    this.mark.hidden = off;
    if (off) return;
    this.root.style.setProperty("--point", `${this.x(at)}px`);
    this.mark.style.left = `${this.x(at)}px`;
    this.mark.textContent = clock(Math.floor(at));
  }

  // ---- drawing

  soon() {
    this.pending ||= requestAnimationFrame(() => {
      this.pending = 0;
      this.draw();
    });
  }

  // Everything anew: after zooming, filtering, or when something happened.
  redraw() {
    for (const { lane, label } of this.drawn.values()) {
      lane.remove();
      label.remove();
    }
    this.drawn.clear();
    this.field.style.height = `${Math.max(this.model.shown.length * ROW + 12, 40)}px`;
    this.nothing ??= this.field.appendChild(make("p", "nothing", "No take matches. Esc clears the search."));
    this.nothing.hidden = this.model.shown.length > 0 || !this.model.wanted;
    this.draw();
  }

  draw() {
    const { shown } = this.model;
    const top = this.root.scrollTop - this.axis.offsetHeight;
    const first = Math.max(0, Math.floor(top / ROW) - AHEAD);
    const last = Math.min(shown.length - 1, Math.ceil((top + this.height) / ROW) + AHEAD);
    for (const [row, { lane, label }] of this.drawn) {
      if (row < first || row > last) {
        lane.remove();
        label.remove();
        this.drawn.delete(row);
      }
    }
    // One column stays in sight for all names: each that did so for itself would be a layer of its own.
    this.names ??= this.field.appendChild(make("div", "names"));
    const [lanes, labels] = [document.createDocumentFragment(), document.createDocumentFragment()];
    for (let row = first; row <= last; row += 1) {
      if (this.drawn.has(row)) continue;
      const { lane, label } = this.lane(row);
      this.drawn.set(row, { lane, label });
      lanes.append(lane);
      labels.append(label);
    }
    this.field.append(lanes);
    this.names.append(labels);
    this.drawBranches(first, last);
    this.picturesSoon();
  }

  lane(row) {
    const { model } = this;
    const places = model.lanes[model.shown[row]];
    const lane = make("div", "lane", [], { role: "none" });
    const label = this.label(places);
    for (const each of [lane, label]) each.style.top = `${row * ROW + 8}px`;
    lane.append(...places.map((place) => this.box(model.nodes[place])));
    return { lane, label };
  }

  label(places) {
    const { nodes } = this.model;
    const [first, tip] = [nodes[places[0]], nodes[places.at(-1)]];
    const named = first.parent === undefined ? nodes[places[1]] ?? first : first;
    const name = shortName(named);
    const title = first.parent === undefined ? name.split(".")[0] : name;
    const steps = places.filter((place) => nodes[place].parent !== undefined).length;
    const words = tip.group === "made" ? `${clock(Math.floor(tip.ends))} · ` : "";
    return make("div", "label", [
      prompt("b", "", title),
      make("span", "", `${words}${steps === 1 ? "1 step" : `${steps} steps`}`),
    ]);
  }

  box(node) {
    const { model } = this;
    const width = (node.ends - node.begins) * this.scale;
    const made = node.group === "made";
    const box = make("div", `box ${node.group}${node.guess && made ? " guess" : ""}`, [], {
      role: "treeitem",
      id: `n${node.place}`,
      "data-place": node.place,
      "aria-selected": node.place === this.chosen,
      "aria-label": `${node.name}, ${clock(node.begins)} to ${clock(node.ends)}, ${node.state}: ${titleOf(node)}`,
    });
    box.style.left = `${this.x(node.begins)}px`;
    box.style.width = `${Math.max(made ? 3 : WORDED, width - 1)}px`;
    const face = make("span", "face");
    if (node.film && width >= 14) this.face(face, node);
    if (!made) face.append(make("span", "word", node.state));
    if (node.group === "air") face.append(make("span", "since", "", { "data-begun": node.begun }));
    box.append(face);
    const caption = width >= 84 ? titleOf(node) : this.step(node);
    // What would be cut to a letter or two says nothing; the whole name is a glance away.
    const fits = caption.length * 6 + 8 <= width && !CHINESE.test(caption);
    if (!made || width >= 84 || fits) box.append(prompt("span", fits ? "caption" : "caption cut", caption));
    if (node.place === this.chosen) box.classList.add("chosen");
    if (this.path.has(node.place)) box.classList.add("path");
    if (model.wanted && !model.wanted.has(node.place)) box.classList.add("faint");
    if (model.wanted?.has(node.place)) box.classList.add("hit");
    return box;
  }

  step(node) {
    if (node.elsewhere) return "source";
    const name = shortName(node);
    return name.slice(name.indexOf(".") + 1);
  }

  // Lines from a film down to what branched off it; they run left of the branch, where nothing is.
  drawBranches(first, last) {
    this.lines ??= this.field.appendChild(make("div", "lines"));
    const drawn = [];
    const beyond = new Set();
    for (const { x, from, to } of this.model.branches) {
      if (to < first || from > last) continue;
      const below = `${from}:${x}`;
      if (to > last && beyond.has(below)) continue;
      if (to > last) beyond.add(below);
      const top = Math.max(from * ROW + BOX + 3, (first - 1) * ROW);
      const bottom = Math.min(to * ROW + BOX / 2, (last + 2) * ROW);
      const line = make("i", to > last ? "through" : "");
      line.style.cssText = `left:${this.x(x) - 7}px;top:${top}px;height:${Math.max(0, bottom - top)}px`;
      drawn.push(line);
    }
    this.lines.replaceChildren(...drawn);
  }

  // ---- pictures: asked for once panning rests, so that passing by costs nothing

  face(face, node) {
    const known = this.pictures.ready(node);
    if (known) face.append(this.picture(known));
    else face.dataset.film = node.place;
  }

  picture(address) {
    const image = make("img", "", [], { src: address, alt: "", decoding: "async", draggable: "false" });
    image.addEventListener("error", () => image.remove());
    return image;
  }

  picturesSoon() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      for (const face of this.field.querySelectorAll("[data-film]")) {
        const address = this.pictures.of(this.model.nodes[face.dataset.film], "poster");
        delete face.dataset.film;
        if (address) face.prepend(this.picture(address));
      }
    }, 90);
  }

  // ---- choosing

  choose(place, reveal) {
    this.chosen = place;
    this.path = new Set(place === null ? [] : this.model.path(place));
    for (const box of this.field.querySelectorAll(".box")) {
      const at = Number(box.dataset.place);
      box.classList.toggle("chosen", at === place);
      box.classList.toggle("path", this.path.has(at));
      box.setAttribute("aria-selected", at === place);
    }
    if (place === null) return;
    this.root.setAttribute("aria-activedescendant", `n${place}`);
    if (reveal) this.reveal(place);
  }

  reveal(place) {
    const node = this.model.nodes[place];
    const row = this.model.rowOf[node.lane];
    if (row < 0) return;
    const head = this.axis.offsetHeight;
    const [top, bottom] = [row * ROW, (row + 1) * ROW + head];
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    else if (bottom > this.root.scrollTop + this.height) this.root.scrollTop = bottom - this.height + 8;
    const [left, right] = [this.x(node.begins) - this.gutter, this.x(node.ends) + 24];
    if (left < this.root.scrollLeft) this.root.scrollLeft = left - 20;
    else if (right > this.root.scrollLeft + this.root.clientWidth) this.root.scrollLeft = right - this.root.clientWidth;
    this.draw();
  }

  // How long what is in the air has been there.
  beat() {
    for (const each of this.field.querySelectorAll(".since")) {
      each.textContent = clock(Math.max(0, Math.floor((this.model.now() - Number(each.dataset.begun)) / 1000)));
    }
  }
}
