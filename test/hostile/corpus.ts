/** What is mutated: the 49 messages of RFC 4475, and those of a call. Each copy gets a branch and a Call-ID of its own, so that none is a repetition. */
import type { SeededRandom } from '@jackfield/base/testing';
import { requestText } from '@jackfield/sip/testing';
import { tortureCases } from '../../packages/sip/test/torture/load.ts';

const NUMBERS = ['echo', 'play', 'ring', 'early', 'hold', 'reinvite', 'offerless', 'hangup', 'slow', 'busy'];

export interface Place {
  /** Of the tester. */
  readonly via: string;
  readonly machine: string;
}

/** A call of which the tester knows both tags. */
export interface Call {
  readonly callId: string;
  readonly toTag: string;
}

const OFFER = `v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 9 RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
m=video 9 RTP/AVP 96
a=rtpmap:96 VP8/90000
`.replaceAll('\n', '\r\n');
const SDP = { type: 'application/sdp', body: OFFER };
const DTMF = { type: 'application/dtmf-relay', body: 'Signal=5\r\nDuration=160\r\n' };

export function inviteText({ via, machine }: Place, number: string, callId: string, cseq = 1, toTag?: string): string {
  return requestText('INVITE', {
    uri: `sip:${number}@${machine}`,
    via,
    branch: `z9hG4bK-${callId}-${cseq}`,
    from: '<sip:mallory@127.0.0.1>;tag=m',
    to: `<sip:${number}@${machine}>${toTag === undefined ? '' : `;tag=${toTag}`}`,
    callId,
    cseq,
    contact: `<sip:mallory@${via}>`,
    ...SDP,
  });
}

/** A message of a call: the one that stands, or one that nobody knows. */
export function callMessage(place: Place, call: Call, fresh: string, random: SeededRandom): Buffer {
  const { via, machine } = place;
  const inside = random.chance(0.7);
  const number = random.pick(NUMBERS);
  const cseq = 2 + random.integer(1000);
  const script = {
    uri: `sip:echo@${machine}`,
    via,
    branch: `z9hG4bK-${fresh}`,
    from: '<sip:mallory@127.0.0.1>;tag=m',
    to: `<sip:echo@${machine}>${inside ? `;tag=${call.toTag}` : ''}`,
    callId: inside ? call.callId : fresh,
    cseq,
    contact: `<sip:mallory@${via}>`,
  };
  const text = random.pick([
    () => inviteText(place, number, fresh),
    () => inviteText(place, number, inside ? call.callId : fresh, cseq, inside ? call.toTag : undefined),
    () => requestText('ACK', script),
    () => requestText('BYE', script),
    () => requestText('CANCEL', script),
    () => requestText('INFO', { ...script, ...DTMF }),
    () => requestText('UPDATE', { ...script, ...SDP }),
    () => requestText('OPTIONS', script),
    () => requestText('PRACK', { ...script, fields: { RAck: '1 1 INVITE' } }),
  ])();
  return Buffer.from(text, 'latin1');
}

/** A torture message under a new Call-ID and branch, most of the time. */
export function tortureMessage(fresh: string, random: SeededRandom): Buffer {
  const message = Buffer.from(random.pick(tortureCases).bytes);
  if (random.chance(0.2)) return message;
  const text = message.toString('latin1');
  return Buffer.from(
    text.replace(/(branch\s*=\s*z9hG4bK)[\w.-]*/i, `$1${fresh}`).replace(/^(Call-ID|i)([ \t]*:).*$/im, `$1$2 ${fresh}`),
    'latin1',
  );
}
