/** Symbols of the design page that no other test shows on its own; docs/seed.md names them here. */
import { beforeEach, describe, expect, it } from 'vitest';
import { defineCookie, type SdpHandler, type Session } from '@jackfield/session';
import { testAudio, Testbed, type Party, type TestStream } from '@jackfield/session/testing';
import { readPage } from './excerpts.ts';

/** The structs with their members, and the functions without their common beginning. */
const MEMBERS = `
  ast_sip_session endpoint inv_session channel cookies
  ast_sip_session_cookie destroy name cookie_data
  ast_sip_session_supplement method session_begin session_end incoming_request incoming_response outgoing_request outgoing_response
  ast_sip_session_sdp_handler handle_incoming_sdp_stream_offer create_outgoing_sdp_stream`;
const FUNCTIONS = `
  register_sdp_handler unregister_sdp_handler register_supplement unregister_supplement add_cookie get_cookie remove_cookie
  get_identity send_reinvite send_response`;
const words = (text: string): string[] => text.trim().split(/\s+/);
const SYMBOLS = words(MEMBERS).concat(words(FUNCTIONS).map((name) => `ast_sip_session_${name}`));

it.each(SYMBOLS)('docs/seed.md has %s, with a test', (symbol) => {
  const page = readPage('docs/seed.md');
  const rows = page.split('\n').filter((line) => line.startsWith(`| \`${symbol}\` |`));
  const struct = page.split(`## \`${symbol}\`\n`)[1]?.split('\n## ')[0];
  expect([...rows, ...(struct?.match(/^\| the struct .*$/gm) ?? [])].join('\n')).toContain(' › ');
});

let bed: Testbed;
let alice: Party;
let bob: Party;
let answered: Session[];

beforeEach(async () => {
  bed = new Testbed();
  alice = await bed.party('alice');
  bob = await bed.party('bob', { traced: false, identifyEndpoint: () => ({ name: 'office', trusted: true }) });
  answered = [];
  bob.service.onIncoming((session) => {
    answered.push(session);
    return session.accept();
  });
});

async function call(): Promise<Session> {
  alice.service.create(bob.uri()).established.catch(() => {});
  await bed.clock.advance(1000);
  return answered.at(-1)!;
}

const handler = (name: string, steps: string[], claims = true): SdpHandler<TestStream> => {
  const audio = testAudio((step) => steps.push(`${name}: ${step}`));
  return {
    name,
    handleIncomingStream: (session, offered) => {
      const claimed = audio.handleIncomingStream(session, offered);
      return claims ? claimed : undefined;
    },
    createOutgoingStream: (session, slot) => audio.createOutgoingStream(session, slot),
    applyNegotiatedStream: (session, stream, agreed) => audio.applyNegotiatedStream(session, stream, agreed),
    rollbackStream: (session, stream) => audio.rollbackStream(session, stream),
    stopStream: (session, stream) => audio.stopStream(session, stream),
  };
};

describe('cookies', () => {
  beforeEach(() => void bob.service.registerSdpHandler(testAudio(), 'audio'));

  it('hold one value under a key, and refuse a second by add', async () => {
    const { cookies } = await call();
    const key = defineCookie<{ price: number }>('price');
    cookies.add(key, { price: 3 });
    expect(cookies.get(key)).toEqual({ price: 3 });
    expect(() => cookies.add(key, { price: 4 })).toThrow(
      expect.objectContaining({ code: 'SESSION_COOKIE_TAKEN', info: { cookie: 'price' } }),
    );
  });

  it('are told apart by the key, not by its name', async () => {
    const { cookies } = await call();
    const [mine, yours] = [defineCookie<number>('count'), defineCookie<number>('count')];
    cookies.add(mine, 1);
    expect(cookies.get(yours)).toBeUndefined();
  });

  it('give what was put in to destroy when they are removed, once', async () => {
    const { cookies } = await call();
    const destroyed: number[] = [];
    const key = defineCookie<number>('count', (value) => void destroyed.push(value));
    cookies.add(key, 1);
    expect([cookies.remove(key), cookies.remove(key), cookies.get(key)]).toEqual([true, false, undefined]);
    expect(destroyed).toEqual([1]);
  });

  it('are destroyed at the end of the session, last in first out, one failure skipping none', async () => {
    const session = await call();
    const destroyed: string[] = [];
    for (const name of ['first', 'second', 'third']) {
      const key = defineCookie<string>(name, (value) => {
        destroyed.push(value);
        if (value === 'second') throw new Error('it broke');
      });
      session.cookies.add(key, name);
    }
    void session.end();
    await bed.clock.advance(1000);
    expect(destroyed).toEqual(['third', 'second', 'first']);
    expect(bob.errors.map(({ info }) => info)).toEqual([{ hook: 'destroy', owner: 'second' }]);
    expect(() => session.cookies.add(defineCookie<number>('late'), 1)).toThrow(expect.objectContaining({ code: 'SESSION_ENDED' }));
  });
});

describe('SDP handlers', () => {
  it('of a kind are asked in the order of registration until one claims, and then it alone', async () => {
    const steps: string[] = [];
    bob.service.registerSdpHandler(handler('first', steps, false), 'audio');
    bob.service.registerSdpHandler(handler('second', steps), 'audio');
    bob.service.registerSdpHandler(handler('third', steps), 'audio');
    const session = await call();
    expect(session.stream('audio')?.handler).toBe('second');
    expect(steps.map((step) => step.split(' ').slice(0, 2).join(' '))).toEqual([
      'first: handleIncomingStream',
      'second: handleIncomingStream',
      'second: createOutgoingStream',
      'second: applyNegotiatedStream',
    ]);
  });

  it('that are unregistered keep the streams of calls that go on, and get no new ones', async () => {
    const steps: string[] = [];
    const registration = bob.service.registerSdpHandler(handler('first', steps), 'audio');
    const session = await call();
    registration.unregister();
    await call();
    expect(answered).toHaveLength(1); // nobody claimed the second: 488
    void session.end();
    await bed.clock.advance(1000);
    expect(steps.at(-1)).toBe('first: stopStream');
  });

  it('give back one line, and the answer has all lines of the offer in their order', async () => {
    bob.service.registerSdpHandler(testAudio(), 'audio');
    const text = { kind: 'text', port: 4002, protocol: 'RTP/AVP', formats: ['98'], lines: ['a=rtpmap:98 t140/1000'] };
    let answer = '';
    alice.service.create(bob.uri(), {
      media: [{ kind: 'text', section: text }, { kind: 'audio' }, { kind: 'text', section: text }],
      onResponse: ({ body }) => void (answer = Buffer.from(body?.bytes ?? []).toString()),
    });
    await bed.clock.advance(1000);
    expect(answer.match(/^m=\w+ \d+/gm)).toEqual(['m=text 0', 'm=audio 40000', 'm=text 0']);
  });

  it('of one name are registered once for a kind', () => {
    bob.service.registerSdpHandler(handler('one', []), 'audio');
    expect(() => bob.service.registerSdpHandler(handler('one', []), 'audio')).toThrow(
      expect.objectContaining({ code: 'SESSION_NAME_TAKEN' }),
    );
    expect(() => bob.service.registerSdpHandler(handler('one', []), 'video')).not.toThrow();
  });
});

describe('a session', () => {
  beforeEach(() => void bob.service.registerSdpHandler(testAudio(), 'audio'));

  it('has the endpoint that was identified before admission', async () => {
    let admitted: string | undefined;
    bob.service.registerSupplement({ name: 'desk', admitSession: ({ endpoint }) => void (admitted = endpoint.name) });
    expect((await call()).endpoint).toEqual({ name: 'office', trusted: true });
    expect(admitted).toBe('office');
  });

  it('has its dialog, readable after the end', async () => {
    const session = await call();
    const { callId, localTag, remoteTag } = session.dialog;
    expect(bob.service.find({ callId, localTag, remoteTag: remoteTag! })).toBe(session);
    void session.end();
    await bed.clock.advance(1000);
    expect(session.dialog).toMatchObject({ callId, localTag, remoteTag });
  });

  it('keeps what the application hangs on it', async () => {
    const session = await call();
    const channel = { label: 'desk 4' };
    (session as { channel: unknown }).channel = channel; // the driver’s package types it
    expect([...bob.service.sessions][0]?.channel).toBe(channel);
  });
});

describe('supplements', () => {
  it('of one name are registered once', () => {
    bob.service.registerSupplement({ name: 'one' });
    expect(() => bob.service.registerSupplement({ name: 'one' })).toThrow(expect.objectContaining({ code: 'SESSION_NAME_TAKEN' }));
  });
});
