// The messages of a caller, as templates: what differs from call to call is put between parts that are made once.

const OFFER = [
  'v=0',
  'o=load 7001 7001 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 30000 RTP/AVP 0 8 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-16',
  'a=ptime:20',
  'a=sendrecv',
  '',
].join('\r\n');

/** @param run - tells the calls of one run from those of all others. */
export function script({ run, local, remote }) {
  const near = `127.0.0.1:${local}`;
  const target = `sip:service@127.0.0.1:${remote}`;
  const via = (branch) => `Via: SIP/2.0/UDP ${near};branch=z9hG4bK-${run}-${branch};rport\r\nMax-Forwards: 70\r\n`;
  const from = (call) => `From: "Load" <sip:load@127.0.0.1>;tag=l${run}x${call}\r\n`;
  const id = (call, sequence) => `Call-ID: ${call}-${run}@127.0.0.1\r\nCSeq: ${sequence}\r\n`;
  const to = `To: <${target}>`;
  const contact = `Contact: <sip:load@${near}>\r\n`;
  const offer =
    `${contact}Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO\r\nSupported: replaces\r\n` +
    `P-Asserted-Identity: "Load" <sip:+15551230001@127.0.0.1>\r\nUser-Agent: load\r\n` +
    `Content-Type: application/sdp\r\nContent-Length: ${OFFER.length}\r\n\r\n${OFFER}`;
  const end = 'Content-Length: 0\r\n\r\n';
  return {
    invite: (call) => `INVITE ${target} SIP/2.0\r\n${via(`${call}i`)}${from(call)}${to}\r\n${id(call, '1 INVITE')}${offer}`,
    ack: (call, toLine, uri) => `ACK ${uri} SIP/2.0\r\n${via(`${call}a`)}${from(call)}${toLine}\r\n${id(call, '1 ACK')}${end}`,
    bye: (call, toLine, uri) =>
      `BYE ${uri} SIP/2.0\r\n${via(`${call}b`)}${from(call)}${toLine}\r\n${id(call, '2 BYE')}Reason: Q.850;cause=16\r\n${end}`,
    options: (call) => `OPTIONS ${target} SIP/2.0\r\n${via(`${call}o`)}${from(call)}${to}\r\n${id(call, '1 OPTIONS')}${contact}${end}`,
  };
}

/** What a caller has to know of a response; undefined for what is none of this run's. */
export function readResponse(text, run) {
  if (!text.startsWith('SIP/2.0 ')) return undefined;
  const status = Number(text.slice(8, 11));
  const id = valueOf(text, '\r\nCall-ID: ');
  const dash = id.indexOf('-');
  if (dash < 0 || !id.startsWith(`${run}@`, dash + 1)) return undefined;
  const cseq = valueOf(text, '\r\nCSeq: ');
  return { status, call: Number(id.slice(0, dash)), method: cseq.slice(cseq.indexOf(' ') + 1) };
}

export const toLineOf = (text) => `To: ${valueOf(text, '\r\nTo: ')}`;

export function contactOf(text) {
  const value = valueOf(text, '\r\nContact: ');
  return value.slice(value.indexOf('<') + 1, value.indexOf('>'));
}

function valueOf(text, start) {
  const at = text.indexOf(start);
  if (at < 0) return '';
  const from = at + start.length;
  return text.slice(from, text.indexOf('\r', from));
}
