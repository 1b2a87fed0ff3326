/** The torture messages of RFC 4475 and RFC 5118, sent to a stack that listens: every one is answered as its expectations allow, and the stack lives on. */
import { buildResponse, parseMessage, parseNameAddr, reply, SipUri, udp, ws, type SipCore, type Transport } from '@jackfield/sip';
import { RawPeer, requestText } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { rig, script, US, Usage, type Rig } from './rig.ts';
import { tortureCases } from './torture/load.ts';
import { ipv6Cases } from './torture/rfc5118/load.ts';
import { WebSocketClient } from './torture/websocket-client.ts';

interface Case {
  readonly name: string;
  readonly kind: 'request' | 'response';
  readonly bytes: Buffer;
  readonly uas: {
    readonly verdict: 'process' | 'reject' | 'either' | 'discard';
    readonly acceptableStatus: readonly number[];
    readonly responseHeaders?: Readonly<Record<string, 'present' | readonly string[]>>;
  };
  /** Its To has a tag, so that it means a dialog, and we have none. */
  readonly inside: boolean;
  /** A stream that frames by Content-Length has no use for it: there is none, or more behind its end. */
  readonly datagramOnly: boolean;
  /** There is more behind its end, which is noise in a datagram. */
  readonly surplus: boolean;
  /** Its end never comes on a stream that frames by Content-Length. */
  readonly endless: boolean;
  /** On such a stream nothing behind it can be told apart. */
  readonly breaksStream: boolean;
}

const CASES: readonly Case[] = [
  ...tortureCases.map(({ name, kind, bytes, uas, facts, transports, streamTransport }) => ({
    name: `RFC 4475 ${name}`,
    kind,
    bytes,
    uas,
    inside: Boolean(facts.to?.tag),
    datagramOnly: transports !== undefined && !transports.includes('tcp'),
    surplus: name === 'dblreq',
    endless: name === 'clerr' || !bytes.includes('\r\n\r\n'),
    breaksStream: streamTransport?.startsWith('close') === true,
  })),
  ...ipv6Cases.map(({ name, kind, bytes, uas, read }) => ({
    name: `RFC 5118 ${name}`,
    kind,
    bytes,
    uas,
    inside: read?.toTag !== undefined,
    datagramOnly: false,
    surplus: false,
    endless: false,
    breaksStream: false,
  })),
];

/** How a message reaches the stack. */
interface Road {
  readonly name: string;
  /** In place of the rig's. */
  readonly transports?: readonly Transport[];
  /** A message of one frame or datagram ends with it, whatever its Content-Length says. */
  readonly framed: boolean;
  /** One frame is one message and nothing else (RFC 7118 §5). */
  readonly exact?: boolean;
  /** @returns how to send, and how many connections the stack has ended. */
  dial(world: Rig): Promise<{ readonly send: (bytes: Uint8Array) => void; readonly closed: () => number }>;
}

const ROADS: readonly Road[] = [
  {
    name: 'UDP',
    framed: true,
    dial: async ({ peer }) => ({ send: (bytes) => peer.send(bytes, { host: US, port: 5060 }), closed: () => 0 }),
  },
  {
    name: 'TCP',
    framed: false,
    async dial({ clock, there }) {
      const connecting = RawPeer.connect(there, { host: US, port: 5060 });
      await clock.advance(10);
      const stream = await connecting;
      return { send: (bytes) => stream.send(bytes), closed: () => stream.closedStreams };
    },
  },
  {
    name: 'WS',
    transports: [udp({ host: US, port: 5060 }), ws({ host: US, port: 80 })],
    framed: true,
    exact: true,
    async dial({ clock, there }) {
      const connecting = WebSocketClient.connect(there, { host: US, port: 80 });
      await clock.advance(10);
      const client = await connecting;
      await clock.advance(10);
      expect(client.heard).toMatch(/^HTTP\/1\.1 101 /);
      return { send: (bytes) => client.send(bytes), closed: () => client.closed };
    },
  },
];

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
  /** What our own parser says of it. */
  readonly rule: string | undefined;
}

/** What may be wrong with the answer to what was refused: it has these as they came. */
const AS_IT_CAME = /^(via|from|to|call-id|cseq)-(missing|syntax)$/;

function ruleOf(bytes: Uint8Array): string | undefined {
  const verdict = parseMessage(bytes);
  return verdict.ok ? undefined : verdict.rule;
}

function read(bytes: Uint8Array): Answer[] {
  const text = Buffer.from(bytes).toString('latin1');
  const begin = text.indexOf('SIP/2.0 '); // behind the head of a frame, where there is one
  if (begin < 0) return [];
  const lines = text.slice(begin).split('\r\n\r\n', 1)[0]!.split('\r\n');
  const status = /^SIP\/2\.0 (\d{3}) /.exec(lines[0]!)?.[1];
  if (status === undefined) return [];
  const headers = new Map(lines.slice(1).map((line) => line.split(/\s*:\s*(.*)/s, 2) as [string, string]));
  return [{ status: Number(status), headers, rule: ruleOf(bytes.subarray(begin)) }];
}

function judge({ uas, inside, bytes }: Case, answers: readonly Answer[]): void {
  const refused = ruleOf(bytes) !== undefined;
  for (const { rule } of answers) if (!refused || !AS_IT_CAME.test(rule ?? '')) expect(rule).toBeUndefined();
  if (uas.verdict === 'discard') {
    expect(answers).toEqual([]);
    return;
  }
  const finals = answers.filter((answer) => answer.status >= 200);
  const statuses = [...new Set(finals.map((answer) => answer.status))];
  expect(statuses).toHaveLength(1); // copies of one answer are fine
  const status = statuses[0]!;
  if (uas.verdict === 'process' && uas.acceptableStatus.length === 0) expect(status).toBe(inside ? 481 : 200);
  else if (uas.verdict === 'either') expect([...uas.acceptableStatus, 200]).toContain(status);
  else expect(uas.acceptableStatus).toContain(status);
  for (const [name, wanted] of Object.entries(uas.responseHeaders ?? {})) {
    const value = finals[0]!.headers.get(name);
    if (wanted === 'present') expect(value).toBeDefined();
    else for (const token of wanted) expect(value?.split(/,\s*/)).toContain(token);
  }
}

it('has the 49 messages of RFC 4475 and the 12 of RFC 5118', () => {
  expect(CASES).toHaveLength(61);
});

describe.each(ROADS)('the torture messages by $name', (road) => {
  it.each(CASES.filter(({ datagramOnly }) => road.framed || !datagramOnly))('$name', async (each) => {
    const world = await rig(road.transports === undefined ? {} : { transports: road.transports });
    const { core, clock, network, say, peer, hear } = world;
    serve(core);
    const { send, closed } = await road.dial(world);
    // a datagram is answered to the port of its Via, or to where it came from: hear both, and any other
    const answers: Answer[] = [];
    network.tap(({ what, from, bytes }) => {
      if (what === 'sent' && from.host === US) answers.push(...read(bytes));
    });
    send(each.bytes);
    await clock.advance(100);
    if (each.kind === 'response' || (!road.framed && each.endless)) expect(answers).toEqual([]);
    else if (each.surplus && road.exact === true) judge({ ...each, uas: { verdict: 'reject', acceptableStatus: [400] } }, answers);
    else judge(each, answers);
    expect(closed()).toBe(each.breaksStream && !road.framed ? 1 : 0);
    peer.unread();
    await say(requestText('OPTIONS', script(peer)));
    await hear(200);
  });
});
