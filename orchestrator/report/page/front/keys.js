// The keyboard: arrows walk the family, Space and Enter play, the rest is on the page's own list (`?`).

function walk(model, place, key) {
  const node = model.nodes[place];
  if (key === "ArrowLeft") return node.parent;
  if (key === "ArrowRight") return model.children[place][0];
  const siblings = model.siblings(place);
  const step = key === "ArrowDown" ? 1 : -1;
  return siblings[siblings.indexOf(place) + step] ?? neighbour(model, node, step);
}

// In the next lane that is shown, the box nearest in time.
function neighbour(model, node, step) {
  const lane = model.shown[model.rowOf[node.lane] + step];
  if (lane === undefined) return undefined;
  const far = (place) => Math.abs(model.nodes[place].begins - node.begins);
  return model.lanes[lane].reduce((best, place) => (far(place) < far(best) ? place : best));
}

export function listen({ model, stage, details, choose, leave }) {
  const search = document.getElementById("search");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") return leave();
    if (event.target.matches("input, select, video")) return undefined;
    const button = event.target.matches("button, summary");
    const acts = {
      "/": () => search.focus(),
      "?": () => document.getElementById("keys").showModal(),
      "+": () => stage.zoomBy(1.5),
      "=": () => stage.zoomBy(1.5),
      "-": () => stage.zoomBy(1 / 1.5),
      0: () => stage.fit(),
      " ": button ? null : () => details.play(true),
      Enter: button ? null : () => details.play(false),
    };
    const act = event.key.startsWith("Arrow") ? () => step(event.key) : acts[event.key];
    if (!act) return undefined;
    event.preventDefault();
    return act();
  });

  function step(key) {
    const from = stage.chosen ?? model.newest();
    if (from === null) return;
    const to = walk(model, from, key);
    if (to !== undefined) choose(to, true);
  }
}
