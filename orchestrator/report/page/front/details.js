// The panel: the film, its prompt and what it changed, the script that leads here, money, attempts, expiry.

import { CHINESE, clock, gain, make, prompt, shortName, span, titleOf, when } from "./making.js";
import { changes } from "./wording.js";

const SOON = 7 * 86400;

export class Details {
  constructor(model, pictures, drifts, choose) {
    this.model = model;
    this.pictures = pictures;
    this.drifts = drifts;
    this.choose = choose;
    this.root = document.getElementById("details");
    this.place = null;
    this.video = make("video", "", [], { controls: "", preload: "none", playsinline: "" });
    this.video.addEventListener("error", () => this.missing());
  }

  show(place) {
    const moved = place !== this.place;
    this.place = place;
    if (place === null) {
      this.root.replaceChildren(this.empty());
      return;
    }
    const node = this.model.nodes[place];
    if (moved) this.video.pause();
    const rest = [this.asked(node), this.script(node), this.join(node), this.drift(node), this.attempts(node),
      this.facts(node), this.grown(node)].filter(Boolean);
    if (!moved && this.root.contains(this.video)) {
      // Left where it is: a film that is moved in the page stops.
      for (const each of [...this.root.children]) if (each !== this.frame) each.remove();
      this.frame.before(this.head(node));
      this.frame.after(...rest);
    } else {
      this.root.replaceChildren(...[this.head(node), this.player(node), ...rest].filter(Boolean));
      this.root.scrollTop = 0;
    }
    this.beat();
  }

  empty() {
    return make("p", "empty", this.model.nodes.length
      ? "Choose a box to see its prompt, its cost and its film."
      : "No videos yet. They appear here as soon as a run makes them.");
  }

  head(node) {
    const reach = node.group === "made"
      ? `${clock(node.begins)} – ${clock(node.ends)}  (${gain(node)})`
      : `from ${clock(node.begins)}`;
    return make("header", "", [
      make("div", "", [prompt("h2", "", shortName(node)), make("span", `badge ${node.group}`, node.state)]),
      make("p", "reach", node.guess && node.group === "made" ? `${reach}, length not known for sure` : reach),
    ]);
  }

  // ---- the film

  player(node) {
    if (!node.film) {
      const why = node.gone ? `The file is gone: ${node.gone}` : node.group === "made"
        ? "The file has not been fetched yet." : null;
      return why ? make("p", "note", why) : null;
    }
    this.loaded = null;
    this.video.removeAttribute("src");
    this.video.load();
    this.video.poster = this.pictures.of(node, "last") ?? this.pictures.of(node, "poster") ?? "";
    const part = make("button", "first", "▶ New seconds", { type: "button", title: "Space" });
    const words = node.before ? `▶ From ${clock(node.before)} on` : `▶ Whole film ${clock(node.ends)}`;
    const whole = make("button", "", words, { type: "button", title: "Enter" });
    part.addEventListener("click", () => this.play(true));
    whole.addEventListener("click", () => this.play(false));
    this.frame = make("div", "player", [this.video, make("div", "buttons", [part, whole])]);
    return this.frame;
  }

  // Only the new seconds (a media fragment, at which the browser stops by itself), or the whole film.
  play(part) {
    const node = this.model.nodes[this.place];
    if (!node?.film) return;
    const before = node.before ?? 0; // a film of several segments is in as many files
    const wanted = `${node.film}#t=${part ? `${node.begins - before},${node.ends - before}` : "0"}`;
    if (this.loaded === wanted && !this.video.ended && !this.video.paused) {
      this.video.pause();
      return;
    }
    this.loaded = wanted;
    this.video.src = wanted;
    this.video.load();
    this.video.play().catch(() => {}); // refused or superseded: the controls are there
  }

  missing() {
    if (!this.loaded || this.frame.querySelector(".note")) return;
    this.frame.append(make("p", "note", "The film is not where this page looks for it. Was it moved, or thinned out?"));
  }

  // ---- words

  asked(node) {
    const parts = [prompt("p", "prompt", titleOf(node))];
    const parent = this.model.nodes[node.parent];
    if (parent?.prompt && node.prompt && parent.prompt !== node.prompt) parts.push(this.difference(parent, node));
    else if (parent?.prompt && node.prompt) parts.push(make("p", "quiet", "The same prompt as its parent’s."));
    if (node.negative) parts.push(make("p", "quiet", ["without: ", prompt("span", "", node.negative)]));
    if (node.cfg !== undefined) parts.push(make("p", "quiet", `cfg scale ${node.cfg}`));
    return make("section", "", parts);
  }

  difference(parent, node) {
    const tags = { same: "span", gone: "del", new: "ins" };
    const pieces = changes(parent.prompt, node.prompt).map(([kind, text]) => make(tags[kind], "", text));
    const told = prompt("p", "difference", "");
    if (CHINESE.test(node.prompt)) told.lang = "zh-Hans";
    told.append(...pieces);
    return make("details", "changed", [make("summary", "", "Changed from its parent’s prompt"), told]);
  }

  script(node) {
    const lines = this.model.path(node.place).map((place) => {
      const each = this.model.nodes[place];
      const line = make("button", place === node.place ? "here" : "", [
        make("time", "", clock(each.begins)), prompt("span", "", titleOf(each)),
      ], { type: "button" });
      line.addEventListener("click", () => this.choose(place, true));
      return make("li", "", line);
    });
    return make("section", "", [make("h3", "", "The film so far"), make("ol", "script", lines)]);
  }

  join(node) {
    if (!node.film || node.parent === undefined) return null;
    const [before, after] = ["before", "after"].map((which) => this.pictures.of(node, which));
    if (!before || !after) return null;
    const figures = [[before, "before the join"], [after, "after it"]].map(([source, words]) => {
      const image = make("img", "", [], { src: source, alt: words, loading: "lazy" });
      image.addEventListener("error", () => image.replaceWith(make("span", "nothing", "no picture")));
      return make("figure", "", [image, make("figcaption", "", words)]);
    });
    return make("section", "", [make("h3", "", `The join at ${clock(node.begins)}`), make("div", "join", figures)]);
  }

  drift(node) {
    const path = this.model.path(node.place).map((place) => this.model.nodes[place]);
    return this.drifts.section(path, () => this.place === node.place);
  }

  // ---- what happened

  attempts(node) {
    if (!node.tries) return null;
    const groups = { succeeded: "made", "in the air": "air", sent: "air", unclear: "unclear" };
    const lines = node.tries.map((each) => make("li", "", [
      make("div", "", [
        make("span", `badge ${groups[each.word] ?? "failed"}`, each.word),
        make("span", "quiet", `${when(each.at)} · ${each.money}`),
      ]),
      each.message ? make("p", "", each.message) : null,
      each.candidates ? make("p", "quiet", `could be ${each.candidates.join(", ")}`) : null,
    ]));
    const ask = node.group === "unclear"
      ? make("p", "note unclear", "Nobody can tell whether this was accepted, and perhaps paid. "
        + "Look at the provider’s own pages, then say so: orchestrate resolve.") : null;
    return make("section", "", [make("h3", "", lines.length === 1 ? "1 attempt" : `${lines.length} attempts`), ask,
      make("ol", "tries", lines)]);
  }

  facts(node) {
    const rows = [
      ["goes on from", node.frame !== undefined && `the last frame of the one before, ${clock(node.frame)} into its file`],
      ["cost", node.cost],
      ["made", node.created && when(node.created) + (node.took ? `, took ${span(node.took)}` : "")],
      ["at the provider", node.expires && make("span", "expiry", "", { "data-expires": node.expires })],
      ["file", node.film && `${(node.bytes / 1e6).toFixed(1)} MB, ${node.pixels}`],
      ["model", [node.model, node.mode].filter(Boolean).join(" ")],
      ["account", node.account],
      ["place", node.name],
      ["also wanted at", node.also?.join(", ")],
      ["take", make("code", "", node.key)],
      ["task", node.task && make("code", "", node.task)],
      ["video", node.video && make("code", "", node.video)],
      ["request", node.request && make("code", "", node.request)],
    ].filter(([, value]) => value);
    return make("section", "", [make("h3", "", "Facts"),
      make("dl", "", rows.flatMap(([name, value]) => [make("dt", "", name), make("dd", "", value)]))]);
  }

  grown(node) {
    const children = this.model.children[node.place];
    if (!children.length) return null;
    const lines = children.slice(0, 40).map((place) => {
      const each = this.model.nodes[place];
      const line = make("button", "", [make("span", `dot ${each.group}`), prompt("span", "", titleOf(each))],
        { type: "button", title: each.name });
      line.addEventListener("click", () => this.choose(place, true));
      return make("li", "", line);
    });
    return make("section", "", [make("h3", "", "Grown from it"), make("ul", "grown", lines)]);
  }

  // The expiry clock.
  beat() {
    for (const each of this.root.querySelectorAll(".expiry")) {
      const left = (Number(each.dataset.expires) - this.model.now()) / 1000;
      each.classList.toggle("soon", left < SOON);
      each.textContent = left > 0
        ? `gone in ${span(left)} (${when(Number(each.dataset.expires))})`
        : `gone since ${when(Number(each.dataset.expires))}`;
    }
  }
}
