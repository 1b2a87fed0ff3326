// What is compared: each entry parses one message as its transport would, and reads the same values out of it. The packages' own readers only.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** A place for values, used again for each message. Absent ones are '' and 0. */
export const blank = () => ({
  method: '',
  target: '',
  status: 0,
  branch: '',
  sentHost: '',
  sentPort: 0,
  fromTag: '',
  fromUser: '',
  fromHost: '',
  toTag: '',
  toUser: '',
  toHost: '',
  callId: '',
  sequence: 0,
  sequenceMethod: '',
  maxForwards: 0,
});

async function jackfield() {
  const { parseMessage } = await import('@jackfield/sip');
  return (bytes, out) => {
    const verdict = parseMessage(bytes);
    if (!verdict.ok) throw new Error(verdict.rule);
    const { message } = verdict;
    if (message.kind === 'request') {
      out.method = message.method;
      out.target = message.uri.toString();
      out.status = 0;
    } else {
      out.method = out.target = '';
      out.status = message.status;
    }
    const { via, from, to, cseq } = message;
    out.branch = via.branch;
    out.sentHost = via.host;
    out.sentPort = via.port;
    out.fromTag = from.tag;
    out.fromUser = from.uri.user;
    out.fromHost = from.uri.host;
    out.toTag = to.tag ?? '';
    out.toUser = to.uri.user;
    out.toHost = to.uri.host;
    out.callId = message.callId;
    out.sequence = cseq.sequence;
    out.sequenceMethod = cseq.method;
    out.maxForwards = message.maxForwards ?? 0;
  };
}

async function sip() {
  const { parse, parseUri } = require('sip');
  return (bytes, out) => {
    const message = parse(bytes);
    out.method = message.method ?? '';
    out.target = message.uri ?? '';
    out.status = message.status ?? 0;
    const { via, from, to, cseq } = message.headers;
    const [top] = via;
    out.branch = top.params.branch;
    out.sentHost = top.host;
    out.sentPort = top.port;
    const fromUri = parseUri(from.uri);
    out.fromTag = from.params.tag;
    out.fromUser = fromUri.user;
    out.fromHost = fromUri.host;
    const toUri = parseUri(to.uri);
    out.toTag = to.params.tag ?? '';
    out.toUser = toUri.user;
    out.toHost = toUri.host;
    out.callId = message.headers['call-id'];
    out.sequence = cseq.seq;
    out.sequenceMethod = cseq.method;
    out.maxForwards = Number(message.headers['max-forwards'] ?? 0);
  };
}

async function drachtio() {
  const Message = require('drachtio-srf/lib/sip-parser/message');
  const { parseUri } = require('drachtio-srf/lib/sip-parser/parser');
  return (bytes, out) => {
    const message = new Message(bytes.toString('utf8'));
    out.method = message.method ?? '';
    out.target = message.uri ?? '';
    out.status = message.status ?? 0;
    const [top] = message.getParsedHeader('via');
    out.branch = top.params.branch;
    out.sentHost = top.host;
    out.sentPort = Number(top.port);
    const from = message.getParsedHeader('from');
    const fromUri = parseUri(from.uri);
    out.fromTag = from.params.tag;
    out.fromUser = fromUri.user;
    out.fromHost = fromUri.host;
    const to = message.getParsedHeader('to');
    const toUri = parseUri(to.uri);
    out.toTag = to.params.tag ?? '';
    out.toUser = toUri.user;
    out.toHost = toUri.host;
    out.callId = message.get('call-id');
    const cseq = message.getParsedHeader('cseq');
    out.sequence = cseq.seq;
    out.sequenceMethod = cseq.method;
    out.maxForwards = Number(message.get('max-forwards') ?? 0);
  };
}

/** JsSIP and SIP.js have one parent, and much the same shape. */
function fromBrowser(parse, numberOf) {
  return (bytes, out) => {
    const message = parse(bytes.toString('utf8'));
    const status = numberOf(message);
    out.status = status ?? 0;
    out.method = status === undefined ? message.method : '';
    out.target = status === undefined ? message.ruri.toString() : '';
    const { via, from, to } = message;
    out.branch = via.branch;
    out.sentHost = via.host;
    out.sentPort = via.port;
    out.fromTag = from.getParam('tag');
    out.fromUser = from.uri.user;
    out.fromHost = from.uri.host;
    out.toTag = to.getParam('tag') ?? '';
    out.toUser = to.uri.user;
    out.toHost = to.uri.host;
    out.callId = message.getHeader('call-id');
    out.sequence = message.cseq;
    out.sequenceMethod = message.parseHeader('cseq').method;
    out.maxForwards = Number(message.getHeader('max-forwards') ?? 0);
  };
}

async function jssip() {
  const { parseMessage } = require('jssip/lib/Parser.js');
  const agent = {};
  return fromBrowser(
    (text) => parseMessage(text, agent),
    (message) => message.status_code ?? undefined,
  );
}

async function sipjs() {
  const { Parser } = await import('sip.js/lib/core/messages/parser.js');
  const refuse = (text) => {
    throw new Error(text);
  };
  const logger = { warn: refuse, error: refuse };
  return fromBrowser(
    (text) => Parser.parseMessage(text, logger),
    (message) => message.statusCode,
  );
}

/** By package name, ours first. */
export const parsers = { '@jackfield/sip': jackfield, sip, 'drachtio-srf': drachtio, jssip, 'sip.js': sipjs };
