// Functions written on the right of an assignment to a property. V8 takes such a one for a method of a prototype and puts it into the old space at
// once, where it keeps the object that it belongs to, and all that hangs on that, until a full collection: docs/decisions/0008. Class fields become
// such assignments in our build.
const isMark = (token, text) => token?.kind === 'mark' && token.text === text;
const isWord = (token, text) => token?.kind === 'word' && token.text === text;

/** @returns {number[]} lines */
export function oldFunctions(tokens) {
  const lines = [];
  for (const [i, token] of tokens.entries()) {
    if (!isMark(token, '=') || isMark(tokens[i + 1], '=') || isMark(tokens[i + 1], '>')) continue;
    let to = i - 1;
    while (isMark(tokens[to], '?') || isMark(tokens[to], '|') || isMark(tokens[to], '&')) to -= 1;
    const name = tokens[to];
    if (name?.kind !== 'word') continue;
    const before = tokens[to - 1];
    const property =
      isMark(before, '.') ||
      isWord(before, 'readonly') ||
      (name.text.startsWith('#') && (isMark(before, ';') || isMark(before, '}') || isMark(before, '{')));
    if (property && isFunction(tokens, i + 1)) lines.push(token.line);
  }
  return lines;
}

function isFunction(tokens, start) {
  let at = isWord(tokens[start], 'async') ? start + 1 : start;
  if (isWord(tokens[at], 'function')) return true;
  if (tokens[at]?.kind === 'word') return isArrow(tokens, at + 1);
  if (!isMark(tokens[at], '(')) return false;
  for (let open = 0; at < tokens.length; at += 1) {
    if (isMark(tokens[at], '(')) open += 1;
    else if (isMark(tokens[at], ')') && (open -= 1) === 0) break;
  }
  at += 1;
  if (isMark(tokens[at], ':')) while (at < tokens.length && !isArrow(tokens, at) && !isMark(tokens[at], ';')) at += 1;
  return isArrow(tokens, at);
}

const isArrow = (tokens, at) => isMark(tokens[at], '=') && isMark(tokens[at + 1], '>');
