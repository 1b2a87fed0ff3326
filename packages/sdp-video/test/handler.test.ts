import { ManualClock, SeededRandom } from '@jackfield/base/testing';
import { nullPorts, type MediaTransport, type RtpPorts } from '@jackfield/rtp';
import { describe, expect, it } from 'vitest';
import { configuredOrder, firstCodec, type CodecPolicy } from '@jackfield/sdp';
import { described } from '@jackfield/session/testing';
import { Desk, short } from './desk.ts';
import type { VideoOptions } from '../src/index.ts';

const VP8 = 'a=rtpmap:100 VP8/90000';
const h264 = (payloadType: number, fmtp: string): string[] => [`a=rtpmap:${payloadType} H264/90000`, `a=fmtp:${payloadType} ${fmtp}`];

function setUp(options: VideoOptions = {}, codecs?: readonly string[]): { desk: Desk; ports: RtpPorts } {
  const clock = new ManualClock();
  const ports = nullPorts({ clock, random: new SeededRandom(1) });
  return { desk: new Desk({ ports, ...options }, codecs === undefined ? { clock } : { clock, codecs }), ports };
}

describe('what is claimed of an offer', () => {
  it.each<{ media: string; lines?: string[]; codecs?: string[]; claimed: boolean; because: string }>([
    { media: 'm=video 4000 RTP/AVP 100', lines: [VP8], claimed: true, because: 'VP8 needs no parameters' },
    {
      media: 'm=video 4000 RTP/AVPF 100',
      lines: [VP8, 'a=rtcp-fb:* nack pli'],
      claimed: true,
      because: 'feedback may be asked for and not given',
    },
    {
      media: 'm=video 4000 RTP/AVP 99',
      lines: h264(99, 'profile-level-id=42e01f;packetization-mode=1'),
      claimed: true,
      because: 'it is ours',
    },
    {
      media: 'm=video 4000 RTP/AVP 99',
      lines: h264(99, 'profile-level-id=42C00D'),
      claimed: true,
      because: 'another spelling of Constrained Baseline',
    },
    {
      media: 'm=video 4000 RTP/AVP 99',
      lines: ['a=rtpmap:99 H264/90000'],
      claimed: true,
      because: 'without parameters it is Baseline, level 1',
    },
    { media: 'm=video 4000 RTP/AVP 99', lines: h264(99, 'profile-level-id=640028'), claimed: false, because: 'High is another profile' },
    {
      media: 'm=video 4000 RTP/AVP 99',
      lines: h264(99, 'profile-level-id=42e01f;packetization-mode=2'),
      claimed: false,
      because: 'interleaved packets are another format',
    },
    { media: 'm=video 4000 RTP/AVP 99', lines: h264(99, 'profile-level-id=junk!!'), claimed: false, because: 'the profile cannot be read' },
    {
      media: 'm=video 4000 RTP/AVP 99',
      lines: h264(99, `profile-level-id=${'4'.repeat(40)}`),
      claimed: false,
      because: 'nor can this one',
    },
    { media: 'm=video 4000 RTP/AVP 99', lines: h264(99, ';;=;=x;profile-level-id'), claimed: false, because: 'the parameters are junk' },
    { media: 'm=video 4000 RTP/AVP 100', lines: ['a=rtpmap:100 VP8/8000'], claimed: false, because: 'the clock rate is another' },
    { media: 'm=video 4000 RTP/AVP 34 31', claimed: false, because: 'no codec is common' },
    { media: 'm=video 4000 RTP/AVP 4294967296 -1 x', claimed: false, because: 'no format is a number' },
    { media: 'm=video 4000 RTP/SAVPF 100', lines: [VP8], claimed: false, because: 'keys are another handler’s affair' },
    {
      media: 'm=video 4000 RTP/AVP 101',
      lines: ['a=rtpmap:101 rtx/90000', 'a=fmtp:101 apt=100'],
      claimed: false,
      because: 'a repair alone is no stream',
    },
    {
      media: 'm=video 4000 RTP/AVP 100',
      lines: [VP8],
      codecs: ['H264', 'PCMU'],
      claimed: false,
      because: 'the endpoint may speak H264 only',
    },
  ])('$media with $lines is $claimed: $because', async ({ media, lines = [], codecs, claimed }) => {
    const { desk, ports } = setUp({}, codecs);
    expect(await desk.claims(described(media, ...lines))).toBe(claimed);
    expect(ports.stats().live.ports).toBe(0);
  });
});

describe('a peer that names no address of ours to send to', () => {
  const WORDS = ['c=IN IP6 2001:db8::1', 'c=IN IP4 media.example.com', 'c=IN IP4 233.252.0.1/127'];
  const OFFER = 'm=video 4000 RTP/AVP 100';

  it.each(WORDS)('has no stream of its offer taken for %s', async (connection) => {
    const { desk } = setUp();
    expect(await desk.claims(described(OFFER, connection, VP8))).toBe(false);
  });

  it.each(WORDS)('has its answer refused for %s', async (connection) => {
    const { desk } = setUp();
    await expect(desk.offer(described(OFFER, connection, VP8))).rejects.toMatchObject({ code: 'VIDEO_NO_ADDRESS' });
  });

  it('is taken where it says nowhere: it holds us', async () => {
    const { desk } = setUp();
    expect(await desk.claims(described(OFFER, 'c=IN IP4 0.0.0.0', VP8))).toBe(true);
    await desk.offer(described(OFFER, 'c=IN IP4 0.0.0.0', VP8));
    expect(desk.stream!.held).toBe(true);
  });
});

describe('an answer of ours', () => {
  it("keeps the offer's order, numbers and profile, and promises no feedback", async () => {
    const { desk } = setUp();
    const offer = described(
      'm=video 4000 RTP/AVPF 120 100 101',
      ...h264(120, 'profile-level-id=42e01f;packetization-mode=1'),
      VP8,
      'a=rtpmap:101 rtx/90000',
      'a=fmtp:101 apt=100',
      'a=rtcp-fb:* nack pli',
      'a=rtcp-fb:100 ccm fir',
    );
    const section = await desk.answer(offer);
    expect(short(section)).toBe('120 100 | sendrecv');
    expect(section).toMatchObject({ kind: 'video', protocol: 'RTP/AVPF', port: desk.stream!.settled.transport.port });
    expect(section.lines).toEqual([
      'a=rtpmap:120 H264/90000',
      'a=fmtp:120 profile-level-id=42e01f;packetization-mode=1',
      'a=rtpmap:100 VP8/90000',
      'a=sendrecv',
    ]);
  });

  it.each([
    {
      offered: 'profile-level-id=42e01f;packetization-mode=1',
      answered: 'profile-level-id=42e01f;packetization-mode=1',
      because: 'it is ours',
    },
    {
      offered: 'profile-level-id=42e00d',
      answered: 'profile-level-id=42e00d;packetization-mode=0',
      because: 'the level of the offer is lower',
    },
    { offered: 'profile-level-id=42e034', answered: 'profile-level-id=42e01f;packetization-mode=0', because: 'our level is lower' },
    {
      offered: 'profile-level-id=420016;packetization-mode=1',
      answered: 'profile-level-id=420016;packetization-mode=1',
      because: 'it is Baseline',
    },
  ])('to H264 $offered says $answered: $because', async ({ offered, answered }) => {
    const { desk } = setUp();
    const section = await desk.answer(described('m=video 4000 RTP/AVP 99', ...h264(99, offered)));
    expect(section.lines).toContain(`a=fmtp:99 ${answered}`);
  });

  it('takes the first variant alone where the offer has several of one codec', async () => {
    const { desk } = setUp();
    const variants = [...h264(99, 'profile-level-id=42e01f'), ...h264(98, 'profile-level-id=42e01f;packetization-mode=1')];
    expect(short(await desk.answer(described('m=video 4000 RTP/AVP 99 98', ...variants)))).toBe('99 | sendrecv');
  });

  it.each(['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const)('says %s when that is what the core asks for', async (direction) => {
    const { desk } = setUp();
    expect(short(await desk.answer(described('m=video 4000 RTP/AVP 100', VP8), direction))).toBe(`100 | ${direction}`);
  });

  it('takes RTCP on the port of RTP when the offer does', async () => {
    const { desk } = setUp();
    expect((await desk.answer(described('m=video 4000 RTP/AVP 100', VP8, 'a=rtcp-mux'))).lines).toContain('a=rtcp-mux');
    expect((await desk.create(desk.exchange('offerer')))!.section.lines).toContain('a=rtcp-mux');
  });
});

describe('an offer of ours', () => {
  it('lists one variant of each codec', async () => {
    const { desk } = setUp();
    const { section } = (await desk.create(desk.exchange('offerer')))!;
    expect(section.lines).toEqual([
      'a=rtpmap:96 VP8/90000',
      'a=rtpmap:97 H264/90000',
      'a=fmtp:97 profile-level-id=42e01f;packetization-mode=1',
      'a=sendrecv',
    ]);
  });

  it('keeps number and variant of what was agreed before', async () => {
    const { desk } = setUp();
    await desk.answer(described('m=video 4000 RTP/AVP 120', ...h264(120, 'profile-level-id=42e01f')));
    const { section } = (await desk.create(desk.exchange('offerer')))!;
    expect(section.lines.slice(0, 3)).toEqual([
      'a=rtpmap:120 H264/90000',
      'a=fmtp:120 profile-level-id=42e01f;packetization-mode=0',
      'a=rtpmap:96 VP8/90000',
    ]);
  });

  it('follows the endpoint, and is none where it may speak none of ours', async () => {
    const { desk } = setUp({}, ['h264']);
    expect(short((await desk.create(desk.exchange('offerer')))!.section)).toBe('97 | sendrecv');
    const none = setUp({}, ['PCMU']);
    expect(await none.desk.create(none.desk.exchange('offerer'))).toBeUndefined();
    expect(await setUp().desk.create(desk.exchange('offerer'), 'sendrecv', '192.0.2.9', 'UDP/TLS/RTP/SAVPF')).toBeUndefined();
  });

  it('fails when the answer takes it without a codec', async () => {
    const { desk } = setUp();
    await expect(desk.offer(described('m=video 4000 RTP/AVP 34'))).rejects.toMatchObject({
      code: 'VIDEO_NO_CODEC',
      info: { formats: ['34'] },
    });
  });
});

describe('a later exchange', () => {
  it('keeps stream and port; hold and resume are seen; a failure changes nothing', async () => {
    const { desk, ports } = setUp();
    const first = await desk.answer(described('m=video 4000 RTP/AVP 100', VP8));
    const stream = desk.stream!;
    const held = await desk.answer(described('m=video 4000 RTP/AVP 100', VP8, 'a=sendonly'), 'recvonly');
    expect([held.port, desk.stream === stream, stream.held, stream.direction]).toEqual([first.port, true, true, 'recvonly']);

    const before = stream.settled.settings;
    const exchange = desk.exchange('answerer', described('m=video 5000 RTP/AVP 120', ...h264(120, 'profile-level-id=42e01f')));
    const created = (await desk.create(exchange))!;
    expect(stream.settled.settings).toBe(before);
    desk.apply(created.stream, created.section, exchange);
    expect(stream.codec).toEqual({ name: 'H264', clockRate: 90_000 });
    desk.handler.rollbackStream(desk.session, stream);
    expect([stream.settled.settings === before, stream.codec?.name, stream.held]).toEqual([true, 'VP8', true]);

    await desk.answer(described('m=video 4000 RTP/AVP 100', VP8));
    expect([stream.held, stream.direction]).toEqual([false, 'sendrecv']);
    expect(ports.stats().live).toMatchObject({ ports: 1, streams: 1 });
    desk.stop();
    desk.stop();
    expect(ports.stats().live).toEqual({ ports: 0, streams: 0, timers: 0 });
  });

  it('takes another port when the peer reaches us at another address', async () => {
    const { desk, ports } = setUp();
    await desk.answer(described('m=video 4000 RTP/AVP 100', VP8));
    const created = (await desk.create(desk.exchange('offerer'), 'sendrecv', '198.51.100.7'))!;
    expect(created.stream).not.toBe(desk.stream);
    expect(ports.stats().live.ports).toBe(2);
  });

  it('gives the port back when it is given up while that is bound', async () => {
    const { desk, ports } = setUp();
    const transport = ports.open('192.0.2.9') as MediaTransport;
    let bound: ((transport: MediaTransport) => void) | undefined;
    ports.open = () => new Promise((resolve) => (bound = resolve));
    const exchange = desk.exchange('offerer');
    const creating = desk.create(exchange);
    desk.giveUp(exchange);
    bound!(transport);
    expect(await creating).toBeUndefined();
    expect(ports.stats().live.ports).toBe(0);
  });
});

describe('registering', () => {
  it('refuses a codec that SDP cannot say, and a range without a pair of ports', () => {
    const code = (wanted: string): Error => expect.objectContaining({ code: wanted }) as Error;
    expect(() => setUp({ codecs: [{ name: 'VP8', payloadType: 128 }] })).toThrow(code('SDP_CODEC_FIELD'));
    expect(() => new Desk({ range: { first: 5, last: 6 } })).toThrow(code('RTP_PORT_RANGE'));
  });
});

describe('a codec policy', () => {
  const reversed: CodecPolicy = (offered, configured, role) => (role === 'answerer' ? offered : configured).toReversed();
  it.each<{ ours?: CodecPolicy; answered: string; offered: string; sends: string; because: string }>([
    { answered: '100 99', offered: '96 97', sends: 'VP8', because: 'none is given' },
    { ours: firstCodec(), answered: '100', offered: '96', sends: 'VP8', because: 'one codec alone' },
    { ours: reversed, answered: '99 100', offered: '100 96', sends: 'H264', because: 'of variants the first that it names is said' },
    { ours: configuredOrder, answered: '100 99', offered: '96 97', sends: 'VP8', because: 'we have VP8 before H264' },
  ])('answers $answered and offers $offered: $because', async ({ ours, answered, offered, sends }) => {
    const { desk } = setUp({ codecPolicy: ours });
    const section = await desk.answer(
      described('m=video 4000 RTP/AVP 100 99', VP8, ...h264(99, 'profile-level-id=42e01f;packetization-mode=1')),
    );
    expect(section.formats.join(' ')).toBe(answered);
    expect(desk.stream!.codec?.name).toBe(sends);
    const { desk: caller } = setUp({ codecPolicy: ours });
    expect((await caller.create(caller.exchange('offerer')))!.section.formats.join(' ')).toBe(offered);
  });

  it('of the endpoint comes before that of the handler', async () => {
    const clock = new ManualClock();
    const ports = nullPorts({ clock, random: new SeededRandom(1) });
    const desk = new Desk({ ports, codecPolicy: () => [] }, { clock, codecPolicy: firstCodec() });
    expect((await desk.answer(described('m=video 4000 RTP/AVP 100', VP8))).formats).toEqual(['100']);
  });
});
