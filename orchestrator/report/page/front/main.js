// Puts the page together: contents in, stage and panel out, and what a run adds while somebody looks.

import { Details } from "./details.js";
import { Drifts } from "./drift.js";
import { listen } from "./keys.js";
import { CHINESE, clock, gain, make, prompt, shortName, titleOf } from "./making.js";
import { Model, WORDS } from "./model.js";
import { Pictures } from "./pictures.js";
import { hits, secondsIn } from "./search.js";
import { Stage } from "./stage.js";

const live = document.documentElement.dataset.live === "yes";
const element = (id) => document.getElementById(id);
const contents = element("contents").textContent;
const told = JSON.parse(contents);
const model = new Model(told);
const pictures = new Pictures({}, live);
const stage = new Stage(model, pictures);
const details = new Details(model, pictures, new Drifts(told.drifts ?? {}, live), choose);
const asked = { text: "", plan: "", states: new Set() };
let found = [];
let whole = live; // what only the panel and the search ask for is read, too
let own = false; // somebody chose: until then the newest video is shown

function choose(place, reveal = false) {
  own ||= reveal;
  stage.choose(place, reveal);
  if (whole) details.show(place);
  document.body.classList.toggle("open", reveal || document.body.classList.contains("open"));
}

// ---- the bar

function drawTotals() {
  const counts = model.counts();
  element("totals").textContent = [
    `${counts.made} ${counts.made === 1 ? "video" : "videos"}`, ...model.spent.filter((each) => each !== "0 calls"),
  ].join(" · ");
  element("states").replaceChildren(...Object.entries(counts).filter(([, count]) => count).map(([group, count]) => {
    const chip = make("button", `chip ${group}`, [make("span", `dot ${group}`), `${count} ${WORDS[group]}`],
      { type: "button", "aria-pressed": asked.states.has(group) });
    chip.addEventListener("click", () => {
      if (!asked.states.delete(group)) asked.states.add(group);
      chip.setAttribute("aria-pressed", asked.states.has(group));
      ask();
    });
    return chip;
  }));
}

function drawPlans() {
  const names = model.plans();
  const chosen = element("plan").value;
  element("plan").replaceChildren(make("option", "", "All plans", { value: "" }),
    ...names.map((name) => make("option", "", name, { value: name })));
  element("plan").value = names.includes(chosen) ? chosen : "";
  element("plan").parentElement.hidden = names.length < 2;
}

function filter() {
  model.wanted = hits(model, asked);
  model.rows();
  found = model.wanted ? [...model.wanted] : [];
  const count = `${found.length} ${found.length === 1 ? "take" : "takes"}`;
  element("hits").textContent = model.wanted ? count : "";
  stage.redraw();
  stage.point(asked.text ? secondsIn(asked.text, model.cap) : null, true);
}

// What was asked for anew begins at its first hit.
function ask() {
  filter();
  stage.root.scrollTop = 0;
  // Who asks for a second wants the prompt that made it: of the film that is shown, else of the first one.
  if (secondsIn(asked.text, model.cap) === null || !found.length) return;
  const shown = stage.chosen === null ? [] : model.path(stage.chosen);
  choose(shown.find((place) => model.wanted.has(place)) ?? found[0], true);
}

function next(step) {
  if (!found.length) return;
  const at = found.indexOf(stage.chosen);
  choose(found[at < 0 ? 0 : (at + step + found.length) % found.length], true);
}

function leave() {
  if (asked.text) {
    element("search").value = asked.text = "";
    filter();
  } else {
    document.body.classList.remove("open");
  }
  stage.root.focus({ preventScroll: true });
}

// ---- pointing

function tell(event) {
  const box = event.target.closest?.(".box");
  const tip = element("tip");
  const over = event.clientX > stage.root.getBoundingClientRect().left + stage.gutter;
  stage.point(over ? stage.secondAt(event.clientX) : null);
  tip.hidden = !box || event.pointerType === "touch";
  if (tip.hidden) return;
  const node = model.nodes[box.dataset.place];
  if (tip.dataset.place !== box.dataset.place) {
    tip.dataset.place = box.dataset.place;
    tip.replaceChildren(
      make("p", "", [make("b", "", shortName(node)), ` ${clock(node.begins)}–${clock(node.ends)} ${gain(node)}`]),
      prompt("p", "", titleOf(node)),
      ...(node.group === "made" ? [] : [make("p", "", make("span", `badge ${node.group}`, node.state))]),
    );
  }
  const { innerWidth, innerHeight } = window;
  tip.style.left = `${Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)}px`;
  const below = event.clientY + 18;
  tip.style.top = `${below + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 12 : below}px`;
}

function wire() {
  element("search").addEventListener("input", (event) => {
    asked.text = event.target.value;
    ask();
  });
  element("search").addEventListener("keydown", (event) => {
    if (event.key === "Enter") next(event.shiftKey ? -1 : 1);
  });
  element("plan").addEventListener("change", (event) => {
    asked.plan = event.target.value;
    ask();
  });
  element("closer").addEventListener("click", () => stage.zoomBy(1.5));
  element("closer-not").addEventListener("click", () => stage.zoomBy(1 / 1.5));
  element("fit").addEventListener("click", () => stage.fit());
  element("help").addEventListener("click", () => element("keys").showModal());
  element("theme").addEventListener("click", () => theme(true));
  stage.root.addEventListener("pointermove", tell);
  stage.root.addEventListener("pointerleave", () => {
    element("tip").hidden = true;
    stage.point(null);
  });
  stage.root.addEventListener("click", (event) => {
    const box = event.target.closest(".box");
    if (box) choose(Number(box.dataset.place), true);
  });
  stage.root.addEventListener("dblclick", (event) => {
    if (event.target.closest(".box")) details.play(true);
  });
  stage.root.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    stage.zoomBy(Math.exp(-event.deltaY / 240), event.clientX);
  }, { passive: false });
  listen({ model, stage, details, choose, leave });
}

function theme(turn) {
  const root = document.documentElement;
  const dark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  try {
    if (turn) localStorage.setItem("theme", dark() ? "light" : "dark");
    const kept = localStorage.getItem("theme");
    if (kept) root.dataset.theme = kept;
  } catch {
    // A page opened from disk may have no storage: then the choice lasts as long as the page.
    if (turn) root.dataset.theme = dark() ? "light" : "dark";
  }
}

// ---- what happens while somebody looks

function follow() {
  const events = new EventSource(`events?after=${model.position}`);
  const mark = make("span", "live", "live", { title: "Shows what happens as it happens" });
  element("totals").after(mark);
  events.addEventListener("open", () => mark.classList.remove("lost"));
  events.addEventListener("error", () => mark.classList.add("lost"));
  events.addEventListener("facts", (event) => {
    const changed = JSON.parse(event.data);
    model.take(changed, changed.nodes);
    drawTotals();
    drawPlans();
    filter();
    const shown = own ? stage.chosen : model.newest();
    if (shown !== stage.chosen) choose(shown);
    else if (shown !== null) details.show(shown);
  });
}

// Our Chinese font is named in the styles only once it is there: what was drawn in a font that is not
// there yet stays empty boxes in some browsers.
function lettered() {
  if (!CHINESE.test(contents) && !CHINESE.test(element("rest").textContent)) return;
  const name = () => document.documentElement.classList.add("lettered");
  document.fonts.load('14px "Page Chinese"', "锦鲤").then(name, name);
}

function start() {
  drawTotals();
  drawPlans();
  wire();
  stage.measure();
  const newest = model.newest();
  choose(newest);
  if (newest !== null) stage.reveal(newest);
  stage.beat();
  setInterval(() => {
    stage.beat();
    details.beat();
  }, 1000);
  performance.mark("drawn");
  if (live) follow();
  else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => setTimeout(fillIn, 0));
  else setTimeout(fillIn, 0);
}

// After the first paint: pictures inside the file can be many megabytes.
function fillIn() {
  model.learn(JSON.parse(element("rest").textContent));
  whole = true;
  drawPlans();
  if (asked.text) filter();
  pictures.inside = JSON.parse(element("pictures").textContent);
  stage.redraw();
  details.show(stage.chosen);
  lettered();
}

theme(false);
start();
if (live) lettered();
