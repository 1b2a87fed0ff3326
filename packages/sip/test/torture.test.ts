/** The torture messages of RFC 4475, sent to a stack that listens: every one is answered as its expectations allow, and the stack lives on. */
import { readFileSync } from 'node:fs';
import { buildResponse, parseNameAddr, reply, SipUri, type SipCore } from '@jackfield/sip';
import { RawPeer, requestText } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { rig, script, US, Usage } from './rig.ts';

interface Case {
  readonly name: string;
  readonly kind: 'request' | 'response';
  readonly transports?: readonly string[];
  readonly streamTransport?: string;
  readonly uas?: {
    readonly verdict: 'process' | 'reject' | 'either' | 'discard';
    readonly acceptableStatus: readonly number[];
    readonly responseHeaders?: Readonly<Record<string, 'present' | readonly string[]>>;
  };
  readonly facts: { readonly method?: string; readonly to?: { readonly tag?: string | null } };
}

const folder = new URL('torture/', import.meta.url);
const { cases } = JSON.parse(readFileSync(new URL('expectations.json', folder), 'utf8')) as { readonly cases: readonly Case[] };

/** Answers what it can: calls are accepted, registrations of SIP addresses too, everything else is fine. */
function serve(core: SipCore): void {
  new Usage(core, (transaction) => {
    const headers = { Contact: core.contactFor(transaction.flow) };
    transaction.respond(buildResponse(transaction.request, 200, { toTag: 'us', headers }));
  });
  core.registerService({
    name: 'accept-all',
    methods: ['REGISTER', 'MESSAGE', 'OPTIONS'],
    handleRequest: ({ method, headers }) =>
      reply(method === 'REGISTER' && !(parseNameAddr(headers.get('To')!)?.uri instanceof SipUri) ? 400 : 200),
  });
  core.registerCapabilities({ accept: ['application/sdp', 'multipart/mixed'] });
}

/** A response as it is on the wire: one to a malformed request gives its malformed fields back. */
interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
}

function read(bytes: Uint8Array): Answer[] {
  const lines = Buffer.from(bytes).toString('latin1').split('\r\n\r\n', 1)[0]!.split('\r\n');
  const status = /^SIP\/2\.0 (\d{3}) /.exec(lines[0]!)?.[1];
  if (status === undefined) return [];
  return [{ status: Number(status), headers: new Map(lines.slice(1).map((line) => line.split(/\s*:\s*(.*)/s, 2) as [string, string])) }];
}

function judge({ uas, facts }: Case, answers: readonly Answer[]): void {
  if (uas === undefined || uas.verdict === 'discard') {
    expect(answers).toEqual([]);
    return;
  }
  const finals = answers.filter((answer) => answer.status >= 200);
  const statuses = [...new Set(finals.map((answer) => answer.status))];
  expect(statuses).toHaveLength(1); // copies of one answer are fine
  const status = statuses[0]!;
  if (uas.verdict === 'process' && uas.acceptableStatus.length === 0) expect(status).toBe(facts.to?.tag ? 481 : 200);
  else if (uas.verdict === 'either') expect([...uas.acceptableStatus, 200]).toContain(status);
  else expect(uas.acceptableStatus).toContain(status);
  for (const [name, wanted] of Object.entries(uas.responseHeaders ?? {})) {
    const value = finals[0]!.headers.get(name);
    if (wanted === 'present') expect(value).toBeDefined();
    else for (const token of wanted) expect(value?.split(/,\s*/)).toContain(token);
  }
}

describe('RFC 4475 through a stack', () => {
  it('has 49 messages', () => {
    expect(cases).toHaveLength(49);
  });

  it.each(cases)('$name, as a datagram', async (each) => {
    const { core, network, clock, say, peer, hear } = await rig();
    serve(core);
    // the answer goes to the port of the Via, or to where the message came from: hear both, and any other
    const answers: Answer[] = [];
    network.tap(({ what, from, bytes }) => {
      if (what === 'sent' && from.host === US) answers.push(...read(bytes));
    });
    await say(readFileSync(new URL(`${each.name}.dat`, folder)));
    await clock.advance(100);
    if (each.kind === 'response') expect(answers).toEqual([]);
    else judge(each, answers);
    peer.unread();
    await say(requestText('OPTIONS', script(peer)));
    await hear(200);
  });

  it.each(cases.filter((each) => each.transports === undefined || each.transports.includes('tcp')))('$name, on a stream', async (each) => {
    const { core, clock, there, network, say, peer, hear } = await rig();
    serve(core);
    const answers: Answer[] = [];
    network.tap(({ what, from, bytes }) => {
      if (what === 'sent' && from.host === US) answers.push(...read(bytes));
    });
    const connecting = RawPeer.connect(there, { host: US, port: 5060 });
    await clock.advance(10);
    const stream = await connecting;
    const bytes = readFileSync(new URL(`${each.name}.dat`, folder));
    stream.send(bytes);
    await clock.advance(100);
    if (each.kind === 'response') expect(answers).toEqual([]);
    else if (each.name === 'clerr' || !bytes.includes('\r\n\r\n'))
      expect(answers).toEqual([]); // its end has not come
    else judge(each, answers);
    if (each.streamTransport?.startsWith('close') === true) expect(stream.closedStreams).toBe(1);
    await say(requestText('OPTIONS', script(peer)));
    await hear(200);
  });
});
