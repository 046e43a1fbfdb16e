// What changed between two prompts: words, and Chinese character by character.

const WORD = /[\u2e80-\u2fdf\u3040-\u9fff\uac00-\ud7af\uf900-\ufaff]|[\u{20000}-\u{3ffff}]|[\p{L}\p{N}_](?:(?![\u2e80-\u2fdf\u3040-\u9fff\uac00-\ud7af\uf900-\ufaff])[\p{L}\p{N}_])*|\s+|./gsu;
const MOST = 1200;

// Pieces `[kind, text]`, kind being same, gone or new.
export function changes(old, fresh) {
  const a = (old.match(WORD) ?? []).slice(0, MOST);
  const b = (fresh.match(WORD) ?? []).slice(0, MOST);
  const wide = b.length + 1;
  const common = new Uint16Array((a.length + 1) * wide);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      common[i * wide + j] = a[i] === b[j]
        ? common[(i + 1) * wide + j + 1] + 1
        : Math.max(common[(i + 1) * wide + j], common[i * wide + j + 1]);
    }
  }
  return walk(a, b, common, wide);
}

function walk(a, b, common, wide) {
  const pieces = [];
  const put = (kind, text) => {
    if (pieces.at(-1)?.[0] === kind) pieces.at(-1)[1] += text;
    else pieces.push([kind, text]);
  };
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      put("same", a[i]);
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && common[(i + 1) * wide + j] >= common[i * wide + j + 1])) {
      put("gone", a[i]);
      i += 1;
    } else {
      put("new", b[j]);
      j += 1;
    }
  }
  return pieces;
}
