// Messages as they arrive in calls, and beside each the values that a parser has to find in it: both are written from the same record.

const sdp = (user, port, session) =>
  [
    'v=0',
    `o=${user} ${session} ${session} IN IP4 192.0.2.${port % 200}`,
    's=-',
    `c=IN IP4 192.0.2.${port % 200}`,
    't=0 0',
    `m=audio ${port} RTP/AVP 0 8 101`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-16',
    'a=ptime:20',
    'a=sendrecv',
    '',
  ].join('\r\n');

const party = ({ display, user, host, tag }) =>
  `${display === undefined ? '' : `"${display}" `}<sip:${user}@${host}>${tag === undefined ? '' : `;tag=${tag}`}`;

/** One message of `call`. `about`: method or status, cseq, what else stands in it. */
function message(call, { method, status, reason, sequence, of = method, vias = 1, extra = [], body = '' }) {
  const { index, branch } = call;
  const values = {
    method: method ?? '',
    target: method === undefined ? '' : `sip:${call.callee.user}@${call.contactHost}`,
    status: status ?? 0,
    branch: `${branch}.${sequence}${of === 'ACK' ? 'a' : ''}`,
    sentHost: `edge${index % 4}.example.net`,
    sentPort: 5060 + (index % 8),
    fromTag: call.caller.tag,
    fromUser: call.caller.user,
    fromHost: call.caller.host,
    toTag: of === 'INVITE' && sequence === 1 && (method === 'INVITE' || status === 100) ? '' : call.callee.tag,
    toUser: call.callee.user,
    toHost: call.callee.host,
    callId: call.callId,
    sequence,
    sequenceMethod: of,
    maxForwards: method === undefined ? 0 : 70 - vias,
  };
  const lines = [
    method === undefined ? `SIP/2.0 ${status} ${reason}` : `${method} ${values.target} SIP/2.0`,
    `Via: SIP/2.0/UDP ${values.sentHost}:${values.sentPort};branch=${values.branch};rport`,
  ];
  for (let hop = 1; hop < vias; hop += 1)
    lines.push(`Via: SIP/2.0/UDP core${hop}.example.net:5060;branch=z9hG4bK${hop}x${index};received=198.51.100.${hop}`);
  if (method !== undefined) lines.push(`Max-Forwards: ${values.maxForwards}`);
  lines.push(
    `From: ${party(call.caller)}`,
    `To: ${party({ ...call.callee, tag: values.toTag === '' ? undefined : values.toTag })}`,
    `Call-ID: ${call.callId}`,
    `CSeq: ${sequence} ${of}`,
    ...extra,
  );
  if (body !== '') lines.push('Content-Type: application/sdp');
  lines.push(`Content-Length: ${body.length}`, '', body);
  return { text: lines.join('\r\n'), values };
}

function callMessages(index) {
  const call = {
    index,
    branch: `z9hG4bK-${(index * 7919 + 104729).toString(36)}-${index}`,
    callId: `${(index * 15485863 + 32452843).toString(36)}-${index}@edge${index % 4}.example.net`,
    contactHost: `203.0.113.${(index % 200) + 1}:5060`,
    caller: {
      display: index % 2 === 0 ? `Caller ${index}` : undefined,
      user: `+4930${1000000 + index}`,
      host: 'example.net',
      tag: `f${(index * 86028121).toString(36)}`,
    },
    callee: { display: undefined, user: `desk-${2000 + index}`, host: 'pbx.example.com', tag: `t${(index * 49979687).toString(36)}` },
  };
  const near = `Contact: <sip:${call.caller.user}@192.0.2.${(index % 200) + 1}:5060;transport=udp>`;
  const far = `Contact: <sip:${call.callee.user}@${call.contactHost}>`;
  const shows = ['Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, REFER, NOTIFY, INFO', 'Supported: replaces, timer, 100rel'];
  const agent = 'User-Agent: Desk phone 7.2';
  const routes = ['Record-Route: <sip:core1.example.net;lr>, <sip:edge.example.net;lr>'];
  const offer = sdp('caller', 20_000 + 2 * index, 7000 + index);
  const answer = sdp('callee', 40_000 + 2 * index, 9000 + index);
  const told = ['Session-Expires: 1800;refresher=uac', 'Min-SE: 90', `P-Asserted-Identity: <sip:${call.caller.user}@example.net>`];
  return [
    message(call, { method: 'INVITE', sequence: 1, vias: 2, extra: [...routes, near, ...shows, ...told, agent], body: offer }),
    message(call, { status: 100, reason: 'Trying', sequence: 1, of: 'INVITE' }),
    message(call, { status: 180, reason: 'Ringing', sequence: 1, of: 'INVITE', vias: 2, extra: [...routes, far, ...shows] }),
    message(call, {
      status: 200,
      reason: 'OK',
      sequence: 1,
      of: 'INVITE',
      vias: 2,
      extra: [...routes, far, ...shows, 'Server: Exchange 3.1'],
      body: answer,
    }),
    message(call, { method: 'ACK', sequence: 1, extra: [agent] }),
    message(call, { method: 'INVITE', sequence: 2, extra: [near, ...shows, agent], body: offer.replace('sendrecv', 'sendonly') }),
    message(call, {
      status: 200,
      reason: 'OK',
      sequence: 2,
      of: 'INVITE',
      extra: [far, ...shows],
      body: answer.replace('sendrecv', 'recvonly'),
    }),
    message(call, { method: 'ACK', sequence: 2, extra: [agent] }),
    message(call, { method: 'OPTIONS', sequence: 3, extra: [near, 'Accept: application/sdp'] }),
    message(call, { status: 200, reason: 'OK', sequence: 3, of: 'OPTIONS', extra: shows }),
    message(call, { method: 'INFO', sequence: 4, extra: [agent] }),
    message(call, { method: 'CANCEL', sequence: 5, extra: ['Reason: SIP;cause=200;text="Call completed elsewhere"'] }),
    message(call, { method: 'BYE', sequence: 6, extra: [agent, 'Reason: Q.850;cause=16'] }),
    message(call, { status: 200, reason: 'OK', sequence: 6, of: 'BYE', extra: ['Server: Exchange 3.1'] }),
  ];
}

/** Sets of messages by name: INVITEs with a description, and whole calls. Every entry differs, as on a server. */
export function corpus(calls = 48) {
  const all = Array.from({ length: calls }, (_, index) => callMessages(index + 1));
  return { invite: all.map(([invite]) => invite), call: all.flat() };
}
