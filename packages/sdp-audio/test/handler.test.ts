import { ManualClock, SeededRandom, settle } from '@jackfield/base/testing';
import { createRtpPorts, nullPorts, type MediaTransport, type RtpPorts } from '@jackfield/rtp';
import { describe, expect, it } from 'vitest';
import { configuredOrder, firstCodec, type Codec, type CodecPolicy, type Description, type Direction } from '@jackfield/sdp';
import { PEER_ADDRESS, described } from '@jackfield/session/testing';
import { Desk, short } from './desk.ts';
import type { AudioOptions } from '../src/index.ts';

const EVENTS = 'a=rtpmap:101 telephone-event/8000';

function setUp(options: AudioOptions = {}, codecs?: readonly string[]): { desk: Desk; ports: RtpPorts } {
  const clock = new ManualClock();
  const ports = nullPorts({ clock, random: new SeededRandom(1) });
  return { desk: new Desk({ ports, ...options }, codecs === undefined ? { clock } : { clock, codecs }), ports };
}

/** The port of the section is whatever comes next: what matters is which codecs, in which order, under which numbers. */
const codecLines = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.startsWith('a=rtpmap:') || line.startsWith('a=fmtp:'));

describe('what is claimed of an offer', () => {
  it.each<{ media: string; lines?: string[]; codecs?: string[]; claimed: boolean; because: string }>([
    { media: 'm=audio 4000 RTP/AVP 0 8', claimed: true, because: 'both codecs are ours' },
    { media: 'm=audio 4000 RTP/AVPF 8', claimed: true, because: 'AVPF adds nothing that audio must do' },
    { media: 'm=audio 4000 RTP/AVP 97 8', lines: ['a=rtpmap:97 iLBC/8000'], claimed: true, because: 'one codec is enough' },
    {
      media: 'm=audio 4000 RTP/AVP 97',
      lines: ['a=rtpmap:97 pcma/8000'],
      claimed: true,
      because: 'a static codec may have a dynamic number',
    },
    { media: 'm=audio 4000 RTP/AVP 18 3', claimed: false, because: 'no codec is common' },
    { media: 'm=audio 4000 RTP/AVP 97', lines: ['a=rtpmap:97 PCMU/16000'], claimed: false, because: 'the clock rate is another' },
    { media: 'm=audio 4000 RTP/AVP 101', lines: [EVENTS], claimed: false, because: 'telephone-events are no stream of their own here' },
    { media: 'm=audio 4000 RTP/SAVP 0', lines: ['a=crypto:65 junk'], claimed: false, because: 'keys are another handler’s affair' },
    { media: 'm=audio 4000 UDP/TLS/RTP/SAVPF 0', claimed: false, because: 'DTLS is another handler’s affair' },
    { media: 'm=audio 4000 tcp 0', claimed: false, because: 'the protocol is unknown' },
    { media: 'm=audio 4000 RTP/AVP 0', codecs: ['PCMA'], claimed: false, because: 'the endpoint may speak PCMA only' },
    { media: 'm=audio 4000 RTP/AVP 0', codecs: [], claimed: false, because: 'the endpoint may speak nothing' },
    { media: 'm=audio 4000 RTP/AVP 4294967296', claimed: false, because: 'T-14: the number is out of range' },
    {
      media: 'm=audio 4000 RTP/AVP 4294967296',
      lines: ['a=rtpmap:4294967296 PCMU/8000'],
      claimed: false,
      because: 'T-14: a mapping makes it no number',
    },
    { media: 'm=audio 4000 RTP/AVP -1 -0 00 0x0 x', claimed: false, because: 'T-14: no format is a number' },
    { media: 'm=audio 4000 RTP/AVP 128', lines: ['a=rtpmap:128 PCMU/8000'], claimed: false, because: 'T-15: payload types end at 127' },
    {
      media: 'm=audio 4000 RTP/AVP 0',
      lines: ['a=fmtp:96 x=1', 'a=fmtp:', 'a=fmtp', 'a=rtpmap:2147483648 PCMA/8000', 'a=rtpmap:x', 'a=ptime:-1'],
      claimed: true,
      because: 'T-15: junk beside a good codec is passed over',
    },
    { media: 'm=audio 4000 RTP/AVP 99', lines: ['a=rtpmap:99 red/8000'], claimed: false, because: 'T-21: redundancy alone is no codec' },
    { media: 'm=audio 4000 RTP/AVP 99', claimed: false, because: 'T-21: a dynamic number without an rtpmap says nothing' },
  ])('$media with $lines is $claimed: $because', async ({ media, lines = [], codecs, claimed }) => {
    const { desk, ports } = setUp({}, codecs);
    expect(await desk.claims(described(media, ...lines))).toBe(claimed);
    expect(ports.stats().live.ports).toBe(0); // a claim takes nothing yet
  });
});

/** The description with this c= line, or none. */
const connected = (offer: Description, connection: string | undefined): Description => ({
  ...offer,
  lines: connection === undefined ? [] : [connection],
});
const NOWHERE_TO_SEND = [
  { connection: 'c=IN IP6 2001:db8::1', because: 'we are on IPv4' },
  { connection: undefined, because: 'RFC 8866 §5.7 wants one' },
  { connection: 'c=IN IP4 media.example.com', because: 'names are not looked up' },
  { connection: 'c=IN IP4 233.252.0.1/127', because: 'it is of many' },
] as const;

describe('a peer that names no address of ours to send to', () => {
  it.each(NOWHERE_TO_SEND)('has no stream of its offer taken for $connection: $because', async ({ connection }) => {
    const { desk } = setUp();
    expect(await desk.claims(connected(described('m=audio 4000 RTP/AVP 0'), connection))).toBe(false);
  });

  it.each(NOWHERE_TO_SEND)('has its answer refused for $connection: $because', async ({ connection }) => {
    const { desk } = setUp();
    await expect(desk.offer(connected(described('m=audio 4000 RTP/AVP 0'), connection))).rejects.toMatchObject({
      code: 'AUDIO_NO_ADDRESS',
    });
  });

  it('is taken where it says nowhere: it holds us', async () => {
    const { desk } = setUp();
    const nowhere = connected(described('m=audio 4000 RTP/AVP 0'), 'c=IN IP4 0.0.0.0');
    expect(await desk.claims(nowhere)).toBe(true);
    await desk.offer(nowhere);
    expect(desk.stream!.held).toBe(true);
  });
});

describe('an answer of ours, RFC 3264 §6.1', () => {
  it.each<{ media: string; lines?: string[]; answered: string; maps: string[] }>([
    {
      media: 'm=audio 4000 RTP/AVP 0 8 101',
      lines: [EVENTS],
      answered: '0 8 101 | sendrecv',
      maps: ['a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15'],
    },
    {
      media: 'm=audio 4000 RTP/AVP 18 8 96 0',
      lines: ['a=rtpmap:96 telephone-event/8000', 'a=fmtp:96 0-16'],
      answered: '8 96 0 | sendrecv',
      maps: ['a=rtpmap:8 PCMA/8000', 'a=rtpmap:96 telephone-event/8000', 'a=fmtp:96 0-15', 'a=rtpmap:0 PCMU/8000'],
    },
    { media: 'm=audio 4000 RTP/AVP 8', answered: '8 | sendrecv', maps: ['a=rtpmap:8 PCMA/8000'] },
    {
      media: 'm=audio 4000 RTP/AVP 111 8 110',
      lines: ['a=rtpmap:111 opus/48000/2', 'a=rtpmap:110 telephone-event/48000'],
      answered: '8 | sendrecv',
      maps: ['a=rtpmap:8 PCMA/8000'],
    },
  ])('to $media keeps its order and its numbers: $answered', async ({ media, lines = [], answered, maps }) => {
    const { desk } = setUp();
    const section = await desk.answer(described(media, ...lines));
    expect(short(section)).toBe(answered);
    expect(codecLines(section.lines)).toEqual(maps);
    expect(section).toMatchObject({ kind: 'audio', protocol: 'RTP/AVP', port: desk.stream!.settled.transport.port });
  });

  it.each(['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const)('says %s when that is what the core asks for', async (direction) => {
    const { desk } = setUp();
    expect(short(await desk.answer(described('m=audio 4000 RTP/AVP 0'), direction))).toBe(`0 | ${direction}`);
  });

  it('says how long our frames should be, whatever the peer would like', async () => {
    const { desk } = setUp({ ptimeMs: 30 });
    const section = await desk.answer(described('m=audio 4000 RTP/AVP 0', 'a=ptime:60'));
    expect(section.lines).toContain('a=ptime:30');
    expect(desk.stream!.codec).toEqual({ name: 'PCMU', clockRate: 8000, ptimeMs: 60 });
  });

  it('keeps the profile of the offer', async () => {
    const { desk } = setUp();
    expect((await desk.answer(described('m=audio 4000 RTP/AVPF 0'))).protocol).toBe('RTP/AVPF');
  });

  it('takes RTCP on the port of RTP when the offer does, and not otherwise', async () => {
    const { desk } = setUp();
    expect((await desk.answer(described('m=audio 4000 RTP/AVP 0', 'a=rtcp-mux'))).lines).toContain('a=rtcp-mux');
    expect((await desk.answer(described('m=audio 4000 RTP/AVP 0'))).lines).not.toContain('a=rtcp-mux');
  });

  it('names the port of RTCP when the ports give another than the one above', async () => {
    const { desk, ports } = setUp();
    const open = ports.open.bind(ports);
    ports.open = (address) => Object.assign(open(address), { rtcpPort: 40_001 });
    expect((await desk.answer(described('m=audio 4000 RTP/AVP 0'))).lines).toContain('a=rtcp:40001');
  });
});

describe('an offer of ours, RFC 3264 §5.1, §8', () => {
  it('lists our codecs with our numbers, and no shared port for RTCP', async () => {
    const { desk } = setUp();
    const section = (await desk.create(desk.exchange('offerer')))!.section;
    expect(short(section)).toBe('0 8 101 | sendrecv');
    expect(section.protocol).toBe('RTP/AVP');
    expect(section.lines).toEqual([
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      'a=ptime:20',
      'a=sendrecv',
    ]);
  });

  it("follows the endpoint's codecs", async () => {
    const { desk } = setUp({}, ['PCMA']);
    expect(short((await desk.create(desk.exchange('offerer')))!.section)).toBe('8 101 | sendrecv');
  });

  it('is none when the endpoint may speak none of our codecs, or the application wants another protocol', async () => {
    const none = setUp({}, ['G729']);
    expect(await none.desk.create(none.desk.exchange('offerer'))).toBeUndefined();
    const { desk, ports } = setUp();
    expect(await desk.create(desk.exchange('offerer'), 'sendrecv', '192.0.2.9', 'RTP/SAVP')).toBeUndefined();
    expect(ports.stats().live.ports + none.ports.stats().live.ports).toBe(0);
  });

  it('keeps the numbers that the first offer, which was the peer’s, has given', async () => {
    const { desk } = setUp();
    await desk.answer(described('m=audio 4000 RTP/AVP 8 96', 'a=rtpmap:96 telephone-event/8000'));
    const section = await desk.offer(described('m=audio 4000 RTP/AVP 8 96', 'a=rtpmap:96 telephone-event/8000', 'a=recvonly'), 'sendonly');
    expect(short(section)).toBe('8 96 0 | sendonly');
  });

  it('gives no number another meaning: one that stood for events before is not used for a codec', async () => {
    const opus = { name: 'opus', clockRate: 48_000, payloadType: 96 };
    const { desk } = setUp({
      codecs: [{ name: 'PCMA', clockRate: 8000, payloadType: 8 }, opus, { name: 'telephone-event', clockRate: 8000 }],
    });
    await desk.answer(described('m=audio 4000 RTP/AVP 8 96', 'a=rtpmap:96 telephone-event/8000'));
    const section = (await desk.create(desk.exchange('offerer')))!.section;
    expect(codecLines(section.lines)).toEqual(['a=rtpmap:8 PCMA/8000', 'a=rtpmap:96 telephone-event/8000', 'a=rtpmap:98 opus/48000']);
  });

  it('goes on with a shared port for RTCP', async () => {
    const { desk } = setUp();
    await desk.answer(described('m=audio 4000 RTP/AVP 0', 'a=rtcp-mux'));
    expect((await desk.create(desk.exchange('offerer')))!.section.lines).toContain('a=rtcp-mux');
  });
});

describe('what was agreed', () => {
  it('is sent under the peer’s number and expected under ours, where the answer renumbers', async () => {
    const { desk } = setUp();
    await desk.offer(described('m=audio 4000 RTP/AVP 8 97', 'a=rtpmap:97 telephone-event/8000'));
    const media = desk.stream!.settled.rtp!.media;
    expect(media.send.map(({ payloadType }) => payloadType)).toEqual([8, 97]);
    expect(media.receive.map(({ payloadType }) => payloadType)).toEqual([8, 101]);
    expect(desk.stream!.codec?.name).toBe('PCMA');
    expect(desk.stream!.takesDigits).toBe(true);
  });

  it('fails for an answer without a codec, and leaves what ran', async () => {
    const { desk } = setUp();
    await desk.answer(described('m=audio 4000 RTP/AVP 0'));
    const before = desk.stream!.settled.settings;
    await expect(desk.offer(described('m=audio 4000 RTP/AVP 101', EVENTS))).rejects.toMatchObject({ code: 'AUDIO_NO_CODEC' });
    expect(desk.stream!.settled.settings).toBe(before);
  });
});

describe('a later exchange', () => {
  it('keeps stream and port, and disturbs nothing before it is applied', async () => {
    const { desk, ports } = setUp();
    await desk.answer(described('m=audio 4000 RTP/AVP 0'));
    const [stream, before] = [desk.stream!, desk.stream!.settled.rtp!.media];
    const offer = described('m=audio 6000 RTP/AVP 8', 'a=sendonly');
    const exchange = desk.exchange('answerer', offer);
    const created = (await desk.create(exchange, 'recvonly'))!;
    expect(created.stream).toBe(stream);
    expect(created.section.port).toBe(stream.settled.transport.port);
    expect(stream.settled.rtp!.media).toBe(before);
    expect(stream.held).toBe(false);

    desk.apply(created.stream, created.section, exchange);
    expect(stream.codec?.name).toBe('PCMA');
    expect(stream.held).toBe(true);
    expect(stream.settled.settings!.remote).toMatchObject({ host: PEER_ADDRESS, port: 6000, payloadTypes: [8] });
    expect(ports.stats().live).toMatchObject({ ports: 1, streams: 1 });
  });

  it.each([
    { hold: ['a=sendonly'], wanted: 'recvonly' as const, direction: 'recvonly' },
    { hold: ['a=inactive'], wanted: 'inactive' as const, direction: 'inactive' },
    { hold: ['c=IN IP4 0.0.0.0'], wanted: 'sendrecv' as const, direction: 'sendrecv' },
  ])('holds with $hold and resumes', async ({ hold, wanted, direction }) => {
    const { desk } = setUp();
    await desk.answer(described('m=audio 4000 RTP/AVP 0'));
    expect(short(await desk.answer(described('m=audio 4000 RTP/AVP 0', ...hold), wanted))).toBe(`0 | ${wanted}`);
    expect([desk.stream!.held, desk.stream!.direction]).toEqual([true, direction]);
    await desk.answer(described('m=audio 4000 RTP/AVP 0'));
    expect([desk.stream!.held, desk.stream!.direction]).toEqual([false, 'sendrecv']);
  });

  const FREE = { lines: ['a=sendrecv'] };
  const SENDONLY = { lines: ['a=sendonly'], wanted: 'recvonly' } as const;
  const INACTIVE = { lines: ['a=inactive'], wanted: 'inactive' } as const;
  const NOWHERE = { lines: ['c=IN IP4 0.0.0.0'] };
  const DEAF = { lines: ['a=recvonly'], wanted: 'sendonly' } as const;
  it.each<{ name: string; first?: typeof FREE; later: readonly { lines: readonly string[]; wanted?: Direction }[]; told: boolean[] }>([
    { name: 'sendonly, and resumed', later: [SENDONLY, FREE], told: [true, false] },
    { name: 'inactive, and resumed', later: [INACTIVE, FREE], told: [true, false] },
    { name: 'no address, and resumed', later: [NOWHERE, FREE], told: [true, false] },
    { name: 'hold that is said again, in other words too', later: [SENDONLY, SENDONLY, INACTIVE, NOWHERE], told: [true] },
    { name: 'no hold: it hears and says nothing', later: [DEAF, FREE], told: [] },
    { name: 'a hold that becomes deafness', later: [SENDONLY, DEAF], told: [true, false] },
    { name: 'hold that was agreed first, and resumed', first: NOWHERE, later: [FREE, FREE], told: [false] },
    { name: 'twice', later: [SENDONLY, FREE, SENDONLY], told: [true, false, true] },
  ])('tells $told of $name', async ({ first = FREE, later, told }) => {
    const { desk } = setUp();
    await desk.answer(described('m=audio 4000 RTP/AVP 0', ...first.lines));
    const heard: boolean[] = [];
    desk.stream!.onHold((held) => {
      expect(desk.stream!.held).toBe(held);
      heard.push(held);
    });
    for (const { lines, wanted } of later) await desk.answer(described('m=audio 4000 RTP/AVP 0', ...lines), wanted);
    expect(heard).toEqual(told);
  });

  it('tells of a hold in answers to our offers too', async () => {
    const { desk } = setUp();
    await desk.offer(described('m=audio 4000 RTP/AVP 0'));
    const heard: boolean[] = [];
    desk.stream!.onHold((held) => void heard.push(held));
    await desk.offer(described('m=audio 4000 RTP/AVP 0', 'a=recvonly'), 'sendonly');
    expect(heard).toEqual([]);
    await desk.offer(described('m=audio 4000 RTP/AVP 0', 'a=inactive'), 'sendonly');
    await desk.offer(described('m=audio 4000 RTP/AVP 0', 'a=inactive'));
    await desk.offer(described('m=audio 4000 RTP/AVP 0'));
    expect(heard).toEqual([true, false]);
  });

  it('takes back what it told of a hold when the exchange fails', async () => {
    const { desk } = setUp();
    await desk.answer(described('m=audio 4000 RTP/AVP 0'));
    const heard: boolean[] = [];
    desk.stream!.onHold((held) => void heard.push(held));
    const exchange = desk.exchange('answerer', described('m=audio 4000 RTP/AVP 0', 'a=sendonly'));
    const created = (await desk.create(exchange, 'recvonly'))!;
    desk.apply(created.stream, created.section, exchange);
    desk.handler.rollbackStream(desk.session, created.stream);
    expect(heard).toEqual([true, false]);
  });

  it('tells nobody who was taken off, before or by another listener, and nobody after the end', async () => {
    const { desk } = setUp();
    await desk.answer(described('m=audio 4000 RTP/AVP 0'));
    const heard: string[] = [];
    const stream = desk.stream!;
    const taken = stream.onHold(() => void heard.push('taken'));
    stream.onHold((held) => {
      heard.push(`one ${held}`);
      other[Symbol.dispose]();
    });
    const other = stream.onHold(() => void heard.push('other'));
    taken[Symbol.dispose]();
    await desk.answer(described('m=audio 4000 RTP/AVP 0', 'a=sendonly'), 'recvonly');
    desk.stop();
    stream.onHold(() => void heard.push('late'));
    await desk.answer(described('m=audio 4000 RTP/AVP 0')).catch(() => undefined);
    expect(heard).toEqual(['one true']);
  });

  it('goes on when a hold listener throws, which is taken off and reported', async () => {
    const errors: unknown[] = [];
    const { desk } = setUp({ onError: (error) => void errors.push(error) });
    await desk.answer(described('m=audio 4000 RTP/AVP 0'));
    const heard: boolean[] = [];
    desk.stream!.onHold(() => {
      throw new Error('deaf');
    });
    desk.stream!.onHold((held) => void heard.push(held));
    await desk.answer(described('m=audio 4000 RTP/AVP 0', 'a=sendonly'), 'recvonly');
    await desk.answer(described('m=audio 4000 RTP/AVP 0'));
    expect(heard).toEqual([true, false]);
    expect(errors).toMatchObject([{ code: 'AUDIO_LISTENER_FAILED', info: { listener: 'hold' }, cause: { message: 'deaf' } }]);
  });

  it.each([
    { applied: false, name: 'before it was applied' },
    { applied: true, name: 'after it was applied' },
  ])('that fails $name leaves the stream as the one before had it', async ({ applied }) => {
    const { desk, ports } = setUp();
    await desk.answer(described('m=audio 4000 RTP/AVP 0'));
    await desk.answer(described('m=audio 5000 RTP/AVP 0', 'a=sendonly'), 'recvonly');
    const stream = desk.stream!;
    const before = stream.settled.settings;
    const exchange = desk.exchange('answerer', described('m=audio 6000 RTP/AVP 8'));
    const created = (await desk.create(exchange))!;
    if (applied) desk.apply(created.stream, created.section, exchange);
    desk.handler.rollbackStream(desk.session, stream);
    expect(stream.settled.settings).toBe(before);
    expect(stream.settled.rtp!.media).toBe(before!.media);
    expect(stream.held).toBe(true);
    expect(ports.stats().live.ports).toBe(1);
  });

  it('is applied again where another early dialog is selected, and still falls back to what was before', async () => {
    const { desk } = setUp();
    await desk.answer(described('m=audio 4000 RTP/AVP 0'));
    const before = desk.stream!.settled.settings;
    const { section } = (await desk.create(desk.exchange('offerer')))!;
    desk.apply(desk.stream!, section, desk.exchange('offerer', described('m=audio 5000 RTP/AVP 8')));
    desk.apply(desk.stream!, section, desk.exchange('offerer', described('m=audio 6000 RTP/AVP 0')));
    expect(desk.stream!.settled.settings!.remote?.port).toBe(6000);
    desk.handler.rollbackStream(desk.session, desk.stream!);
    expect(desk.stream!.settled.settings).toBe(before);
  });

  it('takes another port when the peer reaches us at another address', async () => {
    const { desk, ports } = setUp();
    await desk.answer(described('m=audio 4000 RTP/AVP 0'));
    const created = (await desk.create(desk.exchange('offerer'), 'sendrecv', '198.51.100.7'))!;
    expect(created.stream).not.toBe(desk.stream);
    expect(created.stream.settled.transport.localAddress).toBe('198.51.100.7');
    expect(desk.stream!.settled.closed).toBe(false);
    expect(ports.stats().live.ports).toBe(2);
  });

  it('does not claim a line that changes to a protocol we do not speak', async () => {
    const { desk } = setUp();
    await desk.answer(described('m=audio 4000 RTP/AVP 0'));
    expect(await desk.claims(described('m=audio 4000 RTP/SAVP 0'))).toBe(false);
  });
});

describe('ports', () => {
  it('are given back once', async () => {
    const { desk, ports } = setUp();
    await desk.answer(described('m=audio 4000 RTP/AVP 0'));
    desk.stop();
    desk.stop();
    expect(ports.stats().live).toEqual({ ports: 0, streams: 0, timers: 0 });
  });

  it('are given back when the stream was created and never applied', async () => {
    const { desk, ports } = setUp();
    const { stream } = (await desk.create(desk.exchange('offerer')))!;
    desk.handler.stopStream(desk.session, stream);
    expect(ports.stats().live.ports).toBe(0);
  });

  it('need no turn of the loop where nothing is bound', () => {
    const { desk } = setUp();
    const exchange = desk.exchange('offerer');
    const slot = {
      index: 0,
      mid: '0',
      kind: 'audio',
      protocol: undefined,
      direction: 'sendrecv',
      localAddress: '192.0.2.9',
      bindAddress: '192.0.2.9',
    } as const;
    const made = desk.handler.createOutgoingStream(desk.session, {
      ...slot,
      remote: undefined,
      current: undefined,
      exchange,
      bundle: undefined,
    });
    expect(made).toHaveProperty('section');
  });

  it.each([
    { when: 'while the port is bound', late: false },
    { when: 'when the stream is made and nobody has taken it', late: true },
  ])('are given back when the exchange is given up $when', async ({ late }) => {
    const { desk, ports } = setUp();
    const opened = ports.open('192.0.2.9') as MediaTransport;
    let bound: ((transport: MediaTransport) => void) | undefined;
    ports.open = () => new Promise((resolve) => (bound = resolve));
    const exchange = desk.exchange('offerer');
    const creating = desk.create(exchange);
    if (late) {
      bound!(opened);
      await creating;
      desk.giveUp(exchange);
    } else {
      desk.giveUp(exchange);
      bound!(opened);
      expect(await creating).toBeUndefined();
    }
    await settle();
    expect(opened.closed).toBe(true);
    expect(ports.stats().live).toEqual({ ports: 0, streams: 0, timers: 0 });
  });

  it('stay with a stream that was applied when its exchange is given up: its end is the core’s to say', async () => {
    const { desk, ports } = setUp();
    const open = ports.open.bind(ports);
    ports.open = async (address) => open(address);
    const exchange = desk.exchange('answerer', described('m=audio 4000 RTP/AVP 0'));
    const created = (await desk.create(exchange))!;
    desk.apply(created.stream, created.section, exchange);
    desk.giveUp(exchange);
    expect(created.stream.settled.closed).toBe(false);
    desk.stop();
    expect(ports.stats().live.ports).toBe(0);
  });

  it('that are all taken refuse the stream', async () => {
    const clock = new ManualClock();
    const network = { bindDatagram: () => Promise.reject(Object.assign(new Error('taken'), { code: 'EADDRINUSE' })) };
    const ports = createRtpPorts({ clock, random: new SeededRandom(1), range: { first: 20_000, last: 20_003 }, network });
    const desk = new Desk({ ports }, { clock });
    await expect(desk.create(desk.exchange('offerer'))).rejects.toMatchObject({ code: 'RTP_PORTS_EXHAUSTED' });
    expect(ports.stats().live.ports).toBe(0);
  });
});

describe('registering', () => {
  it.each([0, 9, 121, 20.5, Number.NaN])('refuses frames of %s ms', (ptimeMs) => {
    expect(() => setUp({ ptimeMs })).toThrow(expect.objectContaining({ code: 'AUDIO_OPTION' }) as Error);
  });

  it('refuses a range without a pair of ports', () => {
    expect(() => new Desk({ range: { first: 5, last: 6 } })).toThrow(expect.objectContaining({ code: 'RTP_PORT_RANGE' }) as Error);
  });
});

describe('a codec policy', () => {
  const only =
    (name: string): CodecPolicy =>
    (offered, configured, role) =>
      (role === 'answerer' ? offered : configured).filter((codec) => codec.name === name);

  it.each<{
    ours?: CodecPolicy;
    theirs?: CodecPolicy;
    codecs?: string[];
    answered: string;
    offered: string;
    sends: string;
    because: string;
  }>([
    { answered: '0 8 101', offered: '0 8 101', sends: 'PCMU', because: 'none is given' },
    {
      ours: configuredOrder,
      codecs: ['PCMA', 'PCMU'],
      answered: '8 0 101',
      offered: '8 0 101',
      sends: 'PCMA',
      because: 'our order counts',
    },
    { ours: firstCodec(), answered: '0 101', offered: '0 101', sends: 'PCMU', because: 'the first, with its events' },
    {
      ours: firstCodec(configuredOrder),
      codecs: ['PCMA', 'PCMU'],
      answered: '8 101',
      offered: '8 101',
      sends: 'PCMA',
      because: 'the first of ours',
    },
    {
      ours: only('PCMU'),
      theirs: only('PCMA'),
      answered: '8',
      offered: '8',
      sends: 'PCMA',
      because: "the endpoint's comes before the handler's",
    },
  ])('answers $answered and offers $offered: $because', async ({ ours, theirs, codecs, answered, offered, sends }) => {
    const clock = new ManualClock();
    const ports = nullPorts({ clock, random: new SeededRandom(1) });
    const desk = new Desk({ ports, codecPolicy: ours }, { clock, codecs, codecPolicy: theirs });
    const section = await desk.answer(described('m=audio 4000 RTP/AVP 0 8 101', EVENTS));
    expect(short(section)).toBe(`${answered} | sendrecv`);
    expect(desk.stream!.codec?.name).toBe(sends);
    expect(
      (await new Desk({ ports, codecPolicy: ours }, { clock, codecs, codecPolicy: theirs }).create(
        desk.exchange('offerer'),
      ))!.section.formats.join(' '),
    ).toBe(offered);
  });

  it('hears in a later offer what the peer takes', async () => {
    const heard: string[] = [];
    const { desk } = setUp({
      codecPolicy: (offered, configured, role) => {
        heard.push(`${role} ${offered.map(({ payloadType }) => payloadType).join(' ')}`);
        return role === 'answerer' ? offered : configured;
      },
    });
    await desk.create(desk.exchange('offerer'));
    await desk.answer(described('m=audio 4000 RTP/AVP 8'));
    await desk.create(desk.exchange('offerer'));
    expect(heard).toEqual(['offerer ', 'answerer 8', 'offerer 8']);
  });

  it('that leaves nothing takes no stream and offers none', async () => {
    const { desk, ports } = setUp({ codecPolicy: () => [] });
    expect(await desk.claims(described('m=audio 4000 RTP/AVP 0 8'))).toBe(false);
    expect(await desk.create(desk.exchange('offerer'))).toBeUndefined();
    expect(ports.stats().live.ports).toBe(0);
  });

  it('may sort its lists in place, and changes nothing for the next', async () => {
    const greedy: CodecPolicy = (offered, configured) => {
      (configured as Codec[]).length = 0;
      return (offered as Codec[]).sort((a, b) => a.payloadType - b.payloadType);
    };
    const { desk } = setUp({ codecPolicy: greedy });
    const offer = described('m=audio 4000 RTP/AVP 8 0');
    for (let time = 1; time <= 2; time += 1) expect((await desk.answer(offer)).formats).toEqual(['0', '8']);
    expect((await setUp().desk.answer(offer)).formats).toEqual(['8', '0']);
  });
});
