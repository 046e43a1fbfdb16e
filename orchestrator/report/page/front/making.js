// Elements and words: everything from outside becomes text here, never markup.

export const CHINESE = /[\u3400-\u9fff\uf900-\ufaff]/;
const DAY = 86400;

// An element with a class, texts or elements inside, and attributes; foreign text only ever as text.
export function make(tag, name, inside = [], attributes = {}) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...[inside].flat().filter((each) => each !== null && each !== undefined));
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// A prompt, told to be Chinese where it is, so that its characters take their Chinese shapes.
export function prompt(tag, name, text) {
  const made = make(tag, name, text, { dir: "auto" });
  if (CHINESE.test(text)) made.lang = "zh-Hans";
  return made;
}

export function clock(seconds) {
  const tenths = Math.round(seconds * 10);
  const rest = tenths % 10 ? `.${tenths % 10}` : "";
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}${rest}`;
}

export function gain(node) {
  return `+${Number((node.ends - node.begins).toFixed(2))} s`;
}

export function span(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  if (whole < 2 * DAY) return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
  return `${Math.floor(whole / DAY)} d ${Math.floor((whole % DAY) / 3600)} h`;
}

export function when(milliseconds) {
  return new Date(milliseconds).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

export function titleOf(node) {
  return node.elsewhere ? "made elsewhere" : node.prompt ?? "(no prompt)";
}

// `koi.leap@2` of `plan:koi.leap@2`.
export function shortName(node) {
  return node.name.slice(node.name.indexOf(":") + 1);
}
