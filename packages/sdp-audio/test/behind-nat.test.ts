/** A server whose peers are shown another address than its own: sound comes and goes all the same, with nothing said but `advertise`. */
import { SimulatedNetwork, ManualClock, SeededRandom } from '@jackfield/base/testing';
import { createRtpPorts } from '@jackfield/rtp';
import { createSessionService, type Session } from '@jackfield/session';
import { advertiseOutside, createSipStack, tcp, udp, type UdpOptions } from '@jackfield/sip';
import { RawPeer, requestText } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { registerAudio } from '../src/index.ts';
import { Phone } from '@jackfield/rtp/testing';

const OURS = '10.0.0.2';
const SHOWN = '203.0.113.5';
const THEIRS = '192.0.2.9';
const OFFER = `v=0\r\no=- 1 1 IN IP4 ${THEIRS}\r\ns=-\r\nc=IN IP4 ${THEIRS}\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0\r\n`;

async function world(listen: Partial<UdpOptions>, bind?: string) {
  const clock = new ManualClock();
  const random = new SeededRandom(1);
  const network = new SimulatedNetwork({ clock, random, conditions: { minDelayMs: 5, maxDelayMs: 5 } });
  const [here, there] = [network.host(OURS), network.host(THEIRS)];
  const options = { port: 5060, ...listen };
  const stack = createSipStack({ transports: [udp(options), tcp(options)], clock, random, network: here });
  const errors: Error[] = [];
  const service = createSessionService(stack, { onError: (error) => errors.push(error) });
  const ports = createRtpPorts({ clock, random, network: here, host: bind });
  registerAudio(service, { ports });
  await stack.listen();
  const peer = await RawPeer.open(there, { host: THEIRS, port: 5060 });

  /** What the peer was told: c=, and that its sound comes back from the port of the m= line, which the NAT passes on to us. */
  async function echoes(session: Session, description: string): Promise<string> {
    session.stream('audio')!.stream.echo(true);
    const port = Number(/^m=audio (\d+) /m.exec(description)?.[1]);
    const phone = await Phone.at(there, THEIRS, 30_000, { host: OURS, port });
    for (let at = 0; at < 10; at += 1) {
      phone.say(0, at, at * 160, new Uint8Array(160).fill(at));
      await clock.advance(20);
    }
    await clock.advance(100);
    expect(phone.take().length).toBeGreaterThan(5);
    expect(errors).toEqual([]);
    void session.end();
    await clock.advance(64_000);
    expect(ports.stats().live).toEqual({ ports: 0, streams: 0, timers: 0 });
    return /^c=IN IP4 (.*?)\r?$/m.exec(description)?.[1] ?? '';
  }
  return { clock, service, peer, echoes, errors };
}

const text = (body: { readonly bytes: Uint8Array } | undefined): string => Buffer.from(body?.bytes ?? []).toString();

const near = advertiseOutside(['192.0.2.0/24'], { host: SHOWN });
const far = advertiseOutside(['10.0.0.0/8'], { host: SHOWN });
const CASES: readonly { what: string; listen: Partial<UdpOptions>; bind?: string; shown: string }[] = [
  { what: 'bound to all addresses', listen: { advertise: SHOWN }, shown: SHOWN },
  { what: 'bound to one', listen: { host: OURS, advertise: SHOWN }, shown: SHOWN },
  { what: 'that asks a function', listen: { advertise: far }, shown: SHOWN },
  { what: 'whose function spares this peer', listen: { advertise: near }, shown: OURS },
  { what: 'that binds its media where it is told to', listen: { advertise: SHOWN }, bind: OURS, shown: SHOWN },
  { what: 'that advertises nothing', listen: {}, shown: OURS },
];

describe.each(['UDP', 'TCP'])('by %s', (kind) => {
  it.each(CASES)('a server $what calls, and shows $shown', async ({ listen, bind, shown }) => {
    const { clock, service, peer, echoes } = await world(listen, bind);
    let offer = '';
    peer.always('INVITE', (request) => {
      offer = text(request.body);
      peer.respond(request, 200, { toTag: 'b', contact: peer.contact(), body: OFFER });
    });
    const session = service.create(`sip:peer@${peer.sentBy}${kind === 'TCP' ? ';transport=tcp' : ''}`);
    await clock.advance(100);
    await expect(session.established).resolves.toBeUndefined();
    expect(await echoes(session, offer)).toBe(shown);
  });
});

it.each(CASES)('a server $what is called, and shows $shown', async ({ listen, bind, shown }) => {
  const { clock, service, peer, echoes } = await world(listen, bind);
  let session: Session | undefined;
  service.onIncoming((incoming) => {
    session = incoming;
    return incoming.accept();
  });
  const script = {
    uri: `sip:we@${OURS}`,
    via: peer.sentBy,
    branch: 'z9hG4bKi',
    from: '<sip:peer@example.com>;tag=p',
    to: '<sip:we@example.com>',
    callId: 'c',
    cseq: 1,
    contact: peer.contact(),
  };
  peer.send(requestText('INVITE', { ...script, body: OFFER }), { host: OURS, port: 5060 });
  await clock.advance(100);
  const accepted = await peer.expect(200);
  peer.send(requestText('ACK', { ...script, branch: 'z9hG4bKa', to: accepted.to.toString() }), { host: OURS, port: 5060 });
  await clock.advance(100);
  expect(await echoes(session!, text(accepted.body))).toBe(shown);
});
