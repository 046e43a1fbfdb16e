// Where the still frames are: inside this file, or at the server, which makes them when first asked.

export class Pictures {
  constructor(inside, live) {
    this.inside = inside;
    this.live = live;
  }

  // An address that costs nothing to show at once.
  ready(node) {
    return this.inside[node.key]?.poster;
  }

  // The address of that still, or undefined where there is none.
  of(node, which) {
    if (!node.film) return this.inside[node.key]?.[which];
    return this.live ? `frames/${node.key}-${which}.jpg` : this.inside[node.key]?.[which];
  }
}
