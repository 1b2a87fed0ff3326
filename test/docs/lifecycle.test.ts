import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { countExcerpts, readPage, root, withExcerpts } from './excerpts.ts';

const page = readPage('docs/lifecycle.md');
const ladders = readdirSync(`${root}packages`)
  .map((name) => `packages/${name}/test/ladders`)
  .filter((folder) => existsSync(root + folder))
  .flatMap((folder) => readdirSync(root + folder).map((name) => `${folder}/${name}`))
  .filter((path) => path.endsWith('.txt'))
  .map(readPage)
  .join('\n');

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

/** Two hooks of a row of the first table, in this order, in some ladder that is played: the row says what happens. */
describe('the table of hooks and events agrees with the ladders', () => {
  it.each([
    ['INVITE comes in', /admitSession incoming\n\w+: sessionBegin\n\w+: incomingRequest INVITE sdp\n\w+: handleIncomingStream/],
    [
      'we answer 2xx',
      /createOutgoingStream.*\n\w+: applyNegotiatedStream.*\n\w+: outgoingResponse 200 INVITE.*\n.*200 INVITE sdp\n\w+: mediaChanged/,
    ],
    ['we refuse', /outgoingResponse 486 INVITE.*\n.*486 INVITE\n\w+: sessionEnd.*\n\w+: stopStream/],
    [
      'PRACK of a response of ours comes in',
      /incomingRequest PRACK sdp\n\w+: applyNegotiatedStream.*\n\w+: outgoingResponse 200 PRACK.*\n.*200 PRACK\n\w+: mediaChanged/,
    ],
    [
      'a reliable response to our INVITE',
      /incomingResponse 183 INVITE\n\w+: applyNegotiatedStream.*\n\w+: mediaChanged 1\n\w+: outgoingRequest PRACK \(core\)\n.*PRACK\n.*200 PRACK\n\w+: incomingResponse 200 PRACK/,
    ],
    [
      'a change of ours in that PRACK',
      /createOutgoingStream.*\n\w+: outgoingRequest PRACK.*\n.*PRACK sdp\n.*200 PRACK sdp\n\w+: incomingResponse 200 PRACK\n\w+: applyNegotiatedStream.*\n\w+: mediaChanged/,
    ],
    ['ACK of our 2xx comes in', /incomingRequest ACK sdp\n\w+: applyNegotiatedStream.*\n\w+: mediaChanged/],
    ['our INVITE', /admitSession outgoing\n\w+: sessionBegin\n\w+: createOutgoingStream.*\n\w+: outgoingRequest INVITE/],
    [
      'a response to it, 101 and up',
      /incomingResponse 200 INVITE\n\w+: applyNegotiatedStream.*\n\w+: outgoingRequest ACK.*\n.*ACK\n\w+: mediaChanged/,
    ],
    ['a 3xx', /incomingResponse 302 INVITE\n\w+: redirected 1\n/],
    ['a refusal', /incomingResponse 486 INVITE\n\w+: sessionEnd.*\n\w+: stopStream/],
    [
      're-INVITE or UPDATE comes in',
      /incomingRequest INVITE sdp\n\w+: handleIncomingStream.*\n\w+: createOutgoingStream.*\n\w+: applyNegotiatedStream.*\n\w+: outgoingResponse 200 INVITE \(core\)/,
    ],
    ['it is refused', /incomingResponse 488 INVITE\n\w+: rollbackStream\n\(sendReinvite: refused/],
    [
      'CANCEL comes in',
      /incomingRequest CANCEL\n\w+: outgoingResponse 200 CANCEL.*\n.*\n\w+: outgoingResponse 487 INVITE.*\n.*\n\w+: sessionEnd.*\n\w+: stopStream/,
    ],
    ['BYE comes in', /incomingRequest BYE\n\w+: outgoingResponse 200 BYE.*\n.*200 BYE\n\w+: sessionEnd by remote\n\w+: stopStream/],
    [
      'we hang up (`end()`)',
      /outgoingRequest BYE.*\n.*BYE\n.*200 BYE\n\w+: incomingResponse 200 BYE\n\w+: sessionEnd by local\n\w+: stopStream/,
    ],
  ])('%s', (row, order) => {
    expect(page).toContain(`| ${row} |`);
    expect(ladders).toMatch(order);
  });
});
