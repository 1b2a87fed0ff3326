import { describe, expect, it } from 'vitest';
import { parseMessage } from '../messages/parse.ts';
import { SipRequest } from '../messages/message.ts';
import { serverKey } from './key.ts';

const SECRET = 0x2f6e2b1;

interface Said {
  readonly via?: string;
  readonly uri?: string;
  readonly from?: string;
  readonly to?: string;
  readonly callId?: string;
  readonly cseq?: number;
}

function request({
  via = '192.0.2.1:5060;branch=z9hG4bKa',
  uri = 'sip:b@x',
  from = 'f',
  to = '',
  callId = 'c',
  cseq = 1,
}: Said): SipRequest {
  const verdict = parseMessage(
    Buffer.from(
      `INVITE ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP ${via}\r\nMax-Forwards: 70\r\nFrom: <sip:a@x>;tag=${from}\r\nTo: <sip:b@x>${to}\r\n` +
        `Call-ID: ${callId}\r\nCSeq: ${cseq} INVITE\r\nContent-Length: 0\r\n\r\n`,
    ),
  );
  if (!verdict.ok || !(verdict.message instanceof SipRequest)) throw new Error('no request');
  return verdict.message;
}

const keyOf = (said: Said, method = 'INVITE', secret = SECRET): string => {
  const { hash, key } = serverKey(request(said), method, secret);
  return `${hash} ${key}`;
};

describe('the key of a server transaction (RFC 3261 §17.2.3)', () => {
  it('is branch, sent-by and method, and nothing else', () => {
    const changed: Said = { uri: 'sip:c@y', from: 'g', to: ';tag=t', callId: 'd', cseq: 2 };
    expect(keyOf(changed)).toBe(keyOf({}));
    const others = [
      keyOf({}, 'BYE'),
      ...[
        '192.0.2.1:5060;branch=z9hG4bKb',
        '192.0.2.1:5060;branch=z9hG4bKA',
        '192.0.2.1:5061;branch=z9hG4bKa',
        '192.0.2.1;branch=z9hG4bKa',
        '192.0.2.11:5060;branch=z9hG4bKa',
        '192.0.2.2:5060;branch=z9hG4bKa',
      ].map((via) => keyOf({ via })),
    ];
    expect(new Set([keyOf({}), ...others]).size).toBe(8);
  });

  it('is, without the cookie, what RFC 2543 compared: Request-URI, From tag, Call-ID, CSeq and the whole of the top Via; not the To tag', () => {
    const via = '192.0.2.1:5060;branch=1';
    expect(keyOf({ via, to: ';tag=t' })).toBe(keyOf({ via }));
    const others: Said[] = [
      {},
      { via: '192.0.2.1:5060' },
      { via, uri: 'sip:c@x' },
      { via, from: 'g' },
      { via, callId: 'd' },
      { via, cseq: 2 },
    ];
    expect(new Set([keyOf({ via }), ...others.map((other) => keyOf(other))]).size).toBe(7);
  });

  it('tells apart what differs only in where one value ends and the next begins', () => {
    const via = '192.0.2.1';
    expect(keyOf({ via, callId: 'ab', from: 'c' })).not.toBe(keyOf({ via, callId: 'a', from: 'bc' }));
    expect(keyOf({ via: 'h1:2;branch=z9hG4bKx' })).not.toBe(keyOf({ via: 'h:12;branch=z9hG4bKx' }));
  });

  it('is another for every one of a hundred thousand branches that are counted on', () => {
    const seen = new Set<string>();
    const first = request({});
    for (let at = 0; at < 100_000; at += 1) {
      const { host } = first.via;
      const { hash, key } = serverKey(
        { via: { branch: `z9hG4bK-${at}-1-0`, host, port: 5060 } } as unknown as SipRequest,
        'INVITE',
        SECRET,
      );
      seen.add(`${hash} ${key}`);
    }
    expect(seen.size).toBe(100_000);
  });

  it('lies elsewhere in every process', () => {
    expect(keyOf({}, 'INVITE', 1)).not.toBe(keyOf({}, 'INVITE', 3));
  });
});
