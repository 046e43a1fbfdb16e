// Which nodes a search, a second of film, a plan and the chosen states leave.

const TIME = /^(?:(\d+):([0-5]?\d(?:\.\d+)?)|(\d+(?:\.\d+)?)\s*s?)$/i;

// `1:37`, `97`, `97 s` as seconds; null for anything else, and for what no film can reach.
export function secondsIn(text, cap) {
  const found = TIME.exec(text.trim());
  if (!found) return null;
  const second = found[1] === undefined ? Number(found[3]) : Number(found[1]) * 60 + Number(found[2]);
  return second <= cap ? second : null;
}

function wordsOf(node) {
  node.words ??= [node.prompt, node.negative, node.name, node.also, node.state,
    node.tries?.map((each) => each.message)].flat(2).join("\n").toLowerCase();
  return node.words;
}

// A part of the words, or the beginning of an id: the middle of one is chance.
function speaksOf(node, part) {
  return wordsOf(node).includes(part)
    || [node.key, node.task, node.video].some((id) => id?.toLowerCase().startsWith(part));
}

// The places that are left, or null where nothing was asked for.
export function hits(model, { text, plan, states }) {
  const asked = text.trim().toLowerCase();
  if (!asked && !plan && !states.size) return null;
  const second = secondsIn(asked, model.cap);
  const parts = asked.split(/\s+/);
  const left = new Set();
  for (const node of model.nodes) {
    if (plan && !node.plans?.includes(plan)) continue;
    if (states.size && !states.has(node.group)) continue;
    const there = second !== null && node.group === "made" && node.begins <= second && second < node.ends;
    if (asked && !there && (second !== null || !parts.every((part) => speaksOf(node, part)))) continue;
    left.add(node.place);
  }
  return left;
}
