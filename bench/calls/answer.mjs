// What the servers that negotiate nothing answer: the same description, the same headers.
export const DESCRIPTION = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 20000 RTP/AVP 0 8 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=ptime:20',
  'a=sendrecv',
  '',
].join('\r\n');
export const ALLOW = 'INVITE, ACK, BYE, CANCEL, UPDATE, INFO, OPTIONS';
export const ACCEPT = 'application/sdp';
