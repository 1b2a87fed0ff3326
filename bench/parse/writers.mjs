// Messages to bytes. `write`: one that was parsed, whole. `answer`: the 200 with a description that an INVITE gets, built and written.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const ANSWER =
  'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n';
const CONTACT = 'sip:192.0.2.1:5060';
const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS';

async function jackfield() {
  const { buildResponse, parseMessage, writeMessage } = await import('@jackfield/sip');
  const body = { type: 'application/sdp', bytes: Buffer.from(ANSWER) };
  return {
    read: (bytes) => parseMessage(bytes).message,
    write: (message) => writeMessage(message),
    answer: (invite) =>
      writeMessage(buildResponse(invite, 200, { headers: { Contact: `<${CONTACT}>`, Allow: ALLOW }, body, toTag: 'answer1' })),
  };
}

async function sip() {
  const { makeResponse, parse, stringify } = require('sip');
  return {
    read: (bytes) => parse(bytes),
    write: (message) => Buffer.from(stringify(message), 'binary'),
    answer: (invite) => {
      const headers = { contact: [{ uri: CONTACT }], allow: ALLOW, 'content-type': 'application/sdp' };
      const response = makeResponse(invite, 200, 'OK', { headers, content: ANSWER });
      response.headers.to = { ...response.headers.to, params: { ...response.headers.to.params, tag: 'answer1' } };
      return Buffer.from(stringify(response), 'binary');
    },
  };
}

export const writers = { '@jackfield/sip': jackfield, sip };
