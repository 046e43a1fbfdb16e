// What is known: nodes, their lanes, what grew from what; and what the search leaves of them.

const GROUPS = {
  kept: "made", made: "made", dropped: "made", lost: "made",
  sent: "air", "in the air": "air", unclear: "unclear",
  failed: "failed", declined: "failed", "let go": "failed", wanted: "air",
};

export const WORDS = { made: "made", air: "in the air", unclear: "unclear", failed: "failed" };

export function groupOf(node) {
  return GROUPS[node.state] ?? "made";
}

export class Model {
  constructor(contents) {
    this.cap = contents.cap;
    this.nodes = [];
    this.wanted = null; // the nodes a search or filter leaves, or null for all
    this.take(contents, contents.nodes.map((node, place) => [place, node]));
  }

  // Take in the first contents, or what changed since.
  take(contents, pairs) {
    for (const [place, node] of pairs) {
      node.place = place;
      node.group = groupOf(node);
      node.words = null;
      node.lane = this.nodes[place]?.lane;
      this.nodes[place] = node;
    }
    this.position = contents.position;
    this.skew = contents.at - Date.now();
    this.spent = contents.spent;
    this.settle(contents.lanes ?? this.nodes.map((node) => node.lane));
  }

  // What else is known of each node.
  learn(rest) {
    rest.forEach((each, place) => Object.assign(this.nodes[place], each, { words: null }));
  }

  settle(lanes) {
    this.lanes = [];
    this.children = this.nodes.map(() => []);
    this.roots = [];
    for (const node of this.nodes) {
      node.lane = lanes[node.place];
      (this.lanes[node.lane] ??= []).push(node.place);
      if (node.parent === undefined) this.roots.push(node.place);
      else this.children[node.parent].push(node.place);
    }
    this.rows();
  }

  // Rows are the lanes that are shown: all, or those with a hit in them.
  rows() {
    const { wanted } = this;
    this.shown = [];
    this.rowOf = new Int32Array(this.lanes.length).fill(-1);
    this.lanes.forEach((places, lane) => {
      if (wanted && !places.some((place) => wanted.has(place))) return;
      this.rowOf[lane] = this.shown.length;
      this.shown.push(lane);
    });
    this.branches = this.nodes
      .filter((node) => node.parent !== undefined && this.nodes[node.parent].lane !== node.lane)
      .map((node) => ({ x: node.begins, from: this.rowOf[this.nodes[node.parent].lane], to: this.rowOf[node.lane] }))
      .filter((branch) => branch.from >= 0 && branch.to >= 0)
      .sort((a, b) => a.to - b.to);
  }

  now() {
    return Date.now() + this.skew;
  }

  // From the root to this node.
  path(place) {
    const found = [];
    for (let at = place; at !== undefined; at = this.nodes[at].parent) found.unshift(at);
    return found;
  }

  siblings(place) {
    const { parent } = this.nodes[place];
    return parent === undefined ? this.roots : this.children[parent];
  }

  plans() {
    return [...new Set(this.nodes.flatMap((node) => node.plans ?? []))].sort();
  }

  counts() {
    const found = { made: 0, air: 0, unclear: 0, failed: 0 };
    for (const node of this.nodes) found[node.group] += 1;
    return found;
  }

  // The video made last; without any, the first take; null where there is nothing.
  newest() {
    let found = this.nodes.length ? 0 : null;
    for (const { place, group, created = 0 } of this.nodes) {
      if (group === "made" && created >= (this.nodes[found].created ?? 0)) found = place;
    }
    return found;
  }
}
