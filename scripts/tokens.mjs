// A small scanner for TypeScript: tokens without comments, and from them what a file imports. It needs no compiler; it knows just enough
// of the language (strings, templates, regular expressions, comments) never to take text for code.

const KEYWORDS_BEFORE_REGEX = new Set(
  'return typeof case in of do else void delete throw new instanceof await yield default extends export import'.split(' '),
);
const WORD = /[\p{ID_Start}$_#][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /(?:0[xXbBoO][\da-fA-F_]+|(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][+-]?\d+)?)n?/y;
const REGEX = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const SPACE = /\s+/y;

/**
 * @typedef {{ kind: 'word' | 'string' | 'template' | 'number' | 'regex' | 'mark', text: string, line: number }} Token
 * `text` of a string is what lies between its quotes; of a template, the same when nothing is filled in, else ''.
 */

/** @returns {Token[]} */
export function tokenize(source) {
  const tokens = [];
  let at = 0;
  let line = 1;
  const fills = []; // for each `${` that is open: how many `{` are open inside it

  const advance = (to) => {
    for (let i = at; i < to; i += 1) if (source.charCodeAt(i) === 10) line += 1;
    at = to;
  };
  const match = (pattern) => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  const push = (kind, text, to) => {
    tokens.push({ kind, text, line });
    advance(to);
  };
  const endOfString = (quote) => {
    let to = at + 1;
    while (to < source.length && source[to] !== quote && source[to] !== '\n') to += source[to] === '\\' ? 2 : 1;
    return to;
  };
  // From a backtick, or from the `}` that closes a fill: up to the closing backtick or the next `${`.
  const template = () => {
    const whole = source[at] === '`';
    let to = at + 1;
    while (to < source.length && source[to] !== '`' && !(source[to] === '$' && source[to + 1] === '{')) to += source[to] === '\\' ? 2 : 1;
    const filled = source[to] === '$';
    push('template', whole && !filled ? source.slice(at + 1, to) : '', to + (filled ? 2 : 1));
    if (filled) fills.push(0);
  };
  const regexMayStart = () => {
    const before = tokens.at(-1);
    if (before === undefined) return true;
    if (before.kind === 'word') return KEYWORDS_BEFORE_REGEX.has(before.text);
    return before.kind === 'mark' && !')]}'.includes(before.text);
  };

  while (at < source.length) {
    const char = source[at];
    const pair = source.slice(at, at + 2);
    if (/\s/.test(char)) {
      advance(at + match(SPACE).length);
    } else if (pair === '//' || (pair === '#!' && at === 0)) {
      const end = source.indexOf('\n', at);
      advance(end < 0 ? source.length : end);
    } else if (pair === '/*') {
      const end = source.indexOf('*/', at + 2);
      advance(end < 0 ? source.length : end + 2);
    } else if (char === "'" || char === '"') {
      const end = endOfString(char);
      push('string', source.slice(at + 1, end), end + 1);
    } else if (char === '`') {
      template();
    } else if (char === '}' && fills.at(-1) === 0) {
      fills.pop();
      template();
    } else {
      const word = match(WORD);
      const number = word === undefined && /[\d.]/.test(char) ? match(NUMBER) : undefined;
      const regex = char === '/' && regexMayStart() ? match(REGEX) : undefined;
      if (word !== undefined) push('word', word, at + word.length);
      else if (number !== undefined) push('number', number, at + number.length);
      else if (regex !== undefined) push('regex', regex, at + regex.length);
      else {
        if (fills.length > 0 && char === '{') fills[fills.length - 1] += 1;
        if (fills.length > 0 && char === '}') fills[fills.length - 1] -= 1;
        push('mark', char, at + 1);
      }
    }
  }
  return tokens;
}

const isMark = (token, text) => token?.kind === 'mark' && token.text === text;
const isWord = (token, text) => token?.kind === 'word' && token.text === text;
const isLiteral = (token) => token?.kind === 'string' || (token?.kind === 'template' && token.text !== '');

/**
 * What a file imports, in order: `import`, `import type`, `export … from`, `import('…')` as code and as a type, `import x = require('…')`,
 * `require('…')`, `getBuiltinModule('…')`. `specifier` is undefined where it is computed. `augments` marks `declare module '…'`.
 *
 * @param {readonly Token[]} tokens
 * @returns {{ specifier: string | undefined, line: number, augments: boolean }[]}
 */
export function importsOf(tokens) {
  const found = [];
  const add = (token, augments = false) => found.push({ specifier: isLiteral(token) ? token.text : undefined, line: token.line, augments });
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== 'word') continue;
    const before = tokens[i - 1];
    const next = tokens[i + 1];
    const isMember = isMark(before, '.') && !isMark(tokens[i - 2], '.'); // `a.import`, not `...import`
    if (token.text === 'getBuiltinModule' && isMark(next, '(')) add(tokens[i + 2]);
    if (isMember) continue;
    if (token.text === 'require' && isMark(next, '(') && isLiteral(tokens[i + 2])) add(tokens[i + 2]);
    if (token.text === 'module' && isWord(before, 'declare') && next?.kind === 'string') add(next, true);
    if (token.text === 'import' && isMark(next, '(')) {
      add(tokens[i + 2] ?? token);
    } else if (token.text === 'import' && next?.kind === 'string') {
      add(next);
    } else if (token.text === 'import' || token.text === 'export') {
      const literal = fromClause(tokens, i + 1);
      if (literal !== undefined) add(literal);
    }
  }
  return found;
}

// `[type] [name] [,] [* [as name]] [{ … }] from '…'`: only such tokens may lie between, else it is another kind of declaration.
function fromClause(tokens, start) {
  let depth = 0;
  for (let i = start; i < tokens.length; i += 1) {
    const token = tokens[i];
    if (depth === 0 && isWord(token, 'from') && tokens[i + 1]?.kind === 'string') return tokens[i + 1];
    if (depth === 0 && (isWord(token, 'import') || isWord(token, 'export'))) return undefined; // the next declaration
    if (isMark(token, '{')) {
      if (depth > 0) return undefined;
      depth = 1;
    } else if (isMark(token, '}')) {
      depth -= 1;
      if (depth < 0) return undefined;
    } else if (token.kind === 'mark' ? !',*'.includes(token.text) : token.kind !== 'word' && !(depth === 1 && token.kind === 'string')) {
      return undefined;
    }
  }
  return undefined;
}
