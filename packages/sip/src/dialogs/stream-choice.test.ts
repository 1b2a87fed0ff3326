import { describe, expect, it } from 'vitest';
import type { SipRequest } from '../messages/message.ts';
import { parseMessage } from '../messages/parse.ts';
import { parseUri } from '../messages/uri.ts';
import { flowOf } from '../testing/flow.ts';
import type { Flow, TransportKind } from '../transport/transport.ts';
import { calleeOf, leadsTo, senderOf, type Sender } from './stream-choice.ts';

const PEER = '203.0.113.7';

/** A connection to PEER. @param port - at its end */
const stream = (kind: TransportKind, accepted: boolean, port: number): Flow => ({
  ...flowOf({ kind, remote: { host: PEER, port } }),
  accepted,
});

describe('a stream that we opened leads to what it was opened to, RFC 3261 §12.2.1.1', () => {
  it.each<{ kind?: TransportKind; port?: number; nextHop: string; leads: boolean; because: string }>([
    { nextHop: `sip:bob@${PEER};transport=tcp`, leads: true, because: '5060 is the usual port' },
    { nextHop: `sip:bob@${PEER}:5060`, leads: true, because: 'who names no transport means the one in use' },
    { nextHop: `sip:bob@${PEER}:5070;transport=tcp`, leads: false, because: 'another port is another program' },
    { nextHop: 'sip:bob@203.0.113.8;transport=tcp', leads: false, because: 'it is another host' },
    { nextHop: 'sip:bob@bob.example.com;transport=tcp', leads: false, because: 'a name is located' },
    { nextHop: `sip:bob@${PEER};transport=udp`, leads: false, because: 'UDP is asked for' },
    { nextHop: `sip:bob@${PEER};transport=tcp;maddr=192.0.2.1`, leads: false, because: 'maddr stands in for the host' },
    { nextHop: `sips:bob@${PEER}:5060`, leads: false, because: 'nothing for sips leaves in the clear' },
    { nextHop: 'sip:bob@df7jal23ls0d.invalid;transport=tcp', leads: true, because: 'nobody finds it elsewhere' },
    { nextHop: 'tel:+15550123', leads: true, because: 'there is no other way' },
    { kind: 'TLS', port: 5061, nextHop: `sips:bob@${PEER}`, leads: true, because: 'it is that address' },
    {
      kind: 'TLS',
      port: 5061,

      nextHop: `sip:bob@${PEER}:5061;transport=tcp`,
      leads: true,
      because: 'TLS is more than is asked',
    },
    {
      kind: 'TLS',
      port: 5061,

      nextHop: 'sips:bob@bank.example',
      leads: false,
      because: 'a name has to be proved',
    },
    { kind: 'TCP', port: 5061, nextHop: `sip:bob@${PEER}:5061;transport=tls`, leads: false, because: 'TLS is asked for' },
  ])('$kind to $nextHop: $leads, $because', ({ kind = 'TCP', port = 5060, nextHop, leads }) => {
    expect(leadsTo(stream(kind, false, port), parseUri(nextHop)!, false, undefined)).toBe(leads);
  });
});

describe('a stream that the peer opened is its own, RFC 5626 §4.3, RFC 7118 §5', () => {
  const phone: Sender = { host: '10.0.0.5', port: 5060, alone: true };
  const proxy: Sender = { host: PEER, port: 5080, alone: false };

  it.each<{ sender?: Sender; kind?: TransportKind; routed?: boolean; nextHop: string; leads: boolean; because: string }>([
    { nextHop: 'sip:al@10.0.0.5:5060;transport=tcp', leads: true, because: 'it is the host of its Via' },
    { nextHop: 'sip:al@10.0.0.5:61234', leads: true, because: 'its ports are its own' },
    { nextHop: `sip:al@${PEER}:40123;transport=tcp;ob`, leads: true, because: 'it has learnt what its NAT shows' },
    { nextHop: 'sip:al@192.168.1.9;ob', leads: true, because: 'it asks for its flow' },
    { nextHop: 'sip:al@192.168.1.9', leads: false, because: 'it sends us elsewhere' },
    { nextHop: 'sip:al@10.0.0.5;transport=udp', leads: false, because: 'it asks for UDP' },
    { nextHop: 'sips:al@10.0.0.5', leads: false, because: 'nothing for sips leaves in the clear' },
    { kind: 'TLS', nextHop: 'sips:al@10.0.0.5', leads: true, because: 'nobody but the sender is meant, and that is who it reaches' },
    { kind: 'WSS', nextHop: 'sip:al@x.invalid;transport=ws', leads: true, because: 'a browser cannot be called' },
    { sender: proxy, nextHop: 'sip:al@10.0.0.5', leads: false, because: 'a proxy stands between' },
    { sender: proxy, nextHop: `sip:al@${PEER}`, leads: false, because: 'a proxy stands between, on the same host' },
    { sender: proxy, nextHop: 'sip:al@10.0.0.5;ob', leads: false, because: 'the flow it asks for is that to the proxy' },
    { sender: proxy, nextHop: 'sip:al@x.invalid', leads: true, because: 'nobody finds it elsewhere' },
    { sender: proxy, routed: true, nextHop: `sip:${PEER}:5080;transport=tcp;lr`, leads: true, because: 'the route is the neighbour' },
    { sender: proxy, routed: true, nextHop: `sip:${PEER}:5090;transport=tcp;lr`, leads: false, because: 'another port is another proxy' },
    { sender: phone, routed: true, nextHop: 'sip:10.0.0.5;lr', leads: false, because: 'no route is behind a NAT' },
    { sender: { ...phone, host: 'al.local' }, nextHop: 'sip:al@AL.local.', leads: true, because: 'names have no case' },
    { sender: { ...phone, host: '[2001:db8::1]' }, nextHop: 'sip:al@[2001:DB8:0::1]', leads: true, because: 'an address has one form' },
  ])('$nextHop: $leads, $because', ({ sender = phone, kind = 'TCP', routed = false, nextHop, leads }) => {
    expect(leadsTo(stream(kind, true, 40_123), parseUri(nextHop)!, routed, sender)).toBe(leads);
  });

  const request = (uri: string, vias: number, between = ', '): SipRequest => {
    const via = Array.from({ length: vias }, (_, at) => `SIP/2.0/TCP 10.0.0.${at + 5}:5062;branch=z9hG4bK${at}`).join(between);
    const verdict = parseMessage(
      Buffer.from(
        `INVITE ${uri} SIP/2.0\r\nVia: ${via}\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n`,
      ),
    );
    if (!verdict.ok || verdict.message.kind !== 'request') throw new Error('no request');
    return verdict.message;
  };

  it('is known by the Via of its request', () => {
    const flow = stream('TCP', true, 40_123);
    expect(senderOf(request('sip:us@192.0.2.1', 1), flow)).toEqual({ host: '10.0.0.5', port: 5062, alone: true });
    for (const between of [', ', '\r\nVia: ', ';x="," , '])
      expect(senderOf(request('sip:us@192.0.2.1', 2, between), flow)).toEqual({ host: '10.0.0.5', port: 5062, alone: false });
    expect(senderOf(request('sip:us@192.0.2.1', 1), stream('TCP', false, 5060))).toBeUndefined();
  });

  it.each([
    { uri: `sip:al@${PEER}:40123;transport=tcp`, alone: true, because: 'its end was called' },
    { uri: 'sip:al@x.invalid', alone: true, because: 'nobody finds that but by its flow' },
    { uri: 'sip:al@10.0.0.5', alone: true, because: 'it is elsewhere than its connection shows' },
    { uri: `sip:al@${PEER}`, alone: false, because: 'an alias was called (RFC 5923)' },
    { uri: 'sip:al@proxy.example.com', alone: false, because: 'a name was called' },
  ])('by which we called $uri is that of who answers: $alone, $because', ({ uri, alone }) => {
    expect(calleeOf(request(uri, 1), stream('TCP', true, 40_123))).toMatchObject({ host: undefined, alone });
    expect(calleeOf(request(uri, 1), stream('TCP', false, 5060))).toBeUndefined();
  });

  it('and is so wherever the one who answers says that it is at home', () => {
    const home = { host: undefined, port: undefined };
    const flow = stream('TCP', true, 40_123);
    expect(leadsTo(flow, parseUri('sip:al@10.0.0.5')!, false, { ...home, alone: true })).toBe(true);
    expect(leadsTo(flow, parseUri('sip:al@10.0.0.5')!, false, { ...home, alone: false })).toBe(false);
  });
});
