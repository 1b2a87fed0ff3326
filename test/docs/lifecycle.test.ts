import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { countExcerpts, readPage, root, sceneOf, withExcerpts } from './excerpts.ts';

const page = readPage('docs/lifecycle.md');
const FOLDER = 'packages/session/test/ladders/';

describe('docs/lifecycle.md', () => {
  it('shows the ladders as they are played', () => {
    expect(countExcerpts(page)).toBeGreaterThan(10);
    expect(withExcerpts(page)).toBe(page);
  });

  it('names every hook of supplements and handlers', () => {
    const members = (path: string, contract: string): string[] => {
      const body = readPage(path).split(`export interface ${contract} {`)[1] ?? readPage(path).split(`export interface ${contract}<`)[1]!;
      return [...body.split('\n}')[0]!.matchAll(/^ {2}(\w+)\??\(/gm)].map(([, name]) => name!);
    };
    const hooks = [
      ...members('packages/session/src/contract/supplement.ts', 'Supplement'),
      ...members('packages/session/src/contract/sdp-handler.ts', 'SdpHandler'),
    ];
    expect(hooks.length).toBe(14);
    const table = page.split('## What a hook may do')[1]!.split('\n## ')[0]!;
    expect(hooks.filter((hook) => !table.includes(`| \`${hook}(`))).toEqual([]);
  });
});

/** Where each row of the first table is played, in one scene or two. */
const SCENES: Readonly<Record<string, string>> = {
  'INVITE comes in': 'F01: answered, ended by the caller',
  'we answer provisionally, without media': 'F01: answered, ended by the caller',
  'we answer provisionally, with media': 'F01: refused by the driver after early media: the stream stops after sessionEnd',
  'we answer 2xx': 'F01: answered, ended by the caller',
  'we answer 2xx after media': 'F04: as callee: the 2xx says the same again, and nothing is applied twice',
  'a 2xx or reliable response of ours brings an offer': 'F02: answered; F06: a late offer, and a PRACK without a usable answer',
  'we refuse': 'F01: refused by the driver after early media: the stream stops after sessionEnd',
  'PRACK comes in': 'F06: the peer insists: every provisional response is reliable',
  'PRACK comes in, with the answer': 'F06: a late offer: our offer in the first, whatever its status, the answer in the PRACK',
  'PRACK comes in, with an offer': 'F06: an offer in the PRACK: answered in its 200',
  'ACK of our 2xx comes in': 'F01: answered, ended by the caller',
  'ACK of our 2xx comes in, with the answer': 'F02: answered',
  'our INVITE': 'F03: answered, ended by the caller',
  'a provisional response to it, 101 and up': 'F03: answered, ended by the caller',
  'a provisional response with an answer': 'F04: as caller: applied once',
  'a reliable response': 'F06b: no description before the 2xx',
  'a reliable response with the answer': 'F06b: an answer in a 183, then the 2xx without one',
  'a reliable response with the answer, and a change of ours in its PRACK': 'F06c: answered in the 2xx of the PRACK',
  'a reliable response with an offer': 'F06b: a late offer in a 183: the handlers answer it in the PRACK',
  'a 2xx that says nothing new': 'F04: as caller: applied once; F06b: an answer in a 183, then the 2xx without one',
  'a 2xx with the answer': 'F03: answered, ended by the caller; F05: the one that answers was never heard before: its media is the call’s',
  'a 2xx without one, of an early dialog that is heard again':
    'F06b: two early dialogs with answers: each its own numbers, and the one that answers is heard again',
  'a 2xx with an offer': 'F03b: answered by the handlers; F09: without an offer of ours',
  'a 3xx that is followed': 'F20: as caller: followed as the endpoint says',
  'a 3xx that nobody follows': 'F20: as caller: nobody follows',
  'a refusal': 'F03: refused',
  're-INVITE or UPDATE comes in, with an offer': 'F07: of the callee, heard by the caller; F11: as callee',
  'such an UPDATE in an early dialog that was not heard':
    'F11b: theirs in an early dialog that is not heard: that one is heard, and the others keep what they agreed on',
  're-INVITE comes in, without an offer': 'F08: answered',
  'our re-INVITE': 'F09: held and resumed, by INVITE',
  'our UPDATE with an offer': 'F09: by UPDATE; F11b: ours, as callee',
  'our re-INVITE or UPDATE is refused': 'F09: refused: rolled back, the call goes on; F11b: ours is refused: what was agreed stays',
  'CANCEL comes in': 'F13: after early media: sessionEnd, then the streams',
  'we give up (`end()`)': 'F14: after a provisional response',
  'BYE comes in': 'F15: by the caller',
  'we hang up (`end()`)': 'F16: by the caller',
  'any other request inside the call comes in': 'S01: INFO and OPTIONS, both ways; F10: theirs, as callee',
  'any other request of ours inside the call': 'S01: INFO and OPTIONS, both ways; F10: ours, as caller',
};

/** The hooks of one party, one a line; `-` for what may set them off: a message that reaches it, a note. */
const playedBy = (party: string, scene: string): string =>
  [...scene.matchAll(new RegExp(`^(?:${party}: (.+)|\\(.*|.* -> ${party} .*)$`, 'gm'))].map(([, hook]) => hook ?? '-').join('\n');

/** The order that a cell tells, from one `-` to another: so it neither begins late nor leaves out the end. */
function orderOf(cell: string): RegExp {
  const words = [...cell.matchAll(/`(\w+)`((?: \(?(?:\d{3}|[A-Z]{3,})\b\)?)*)/g)].map(([hook]) => hook.match(/\w+/g)!);
  const lines = words.map((narrowed) => `${narrowed.join('\\b.* ')}\\b.*\n`);
  return new RegExp(`(?:^|-\n)${lines.join('(?:-\n)*')}(?:-|$)`);
}

describe('the table of hooks and events agrees with the ladders', () => {
  const table = page.split('## Which hook fires when')[1]!.split('\n## ')[0]!;
  const rows = [...table.matchAll(/^\| (?!event|---)(.+) \| (.*`.+) \|$/gm)].map(([, event, cell]) => ({ event: event!, cell: cell! }));

  it('plays each row', () => expect(rows.map(({ event }) => event)).toEqual(Object.keys(SCENES)));

  it.each(rows)('$event: $cell', ({ event, cell }) => {
    for (const place of SCENES[event]!.split('; ')) {
      const [ladder] = place.split(': ');
      const path = FOLDER + readdirSync(root + FOLDER).find((name) => name.startsWith(`${ladder}-`))!;
      const scene = sceneOf(readPage(path), place.slice(`${ladder}: `.length), path);
      const played = ['alice', 'bob'].map((party) => `${playedBy(party, scene)}\n`);
      expect(played, place).toContainEqual(expect.stringMatching(orderOf(cell)));
    }
  });
});
