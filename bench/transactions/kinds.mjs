// Transactions by the thousand, of one kind and in one state. Each entry begins one of a number; `settle`, ms, is turned before they are looked at.
import { buildResponse, HeaderList, parseMessage, parseUri, writeMessage } from '@jackfield/sip';
import { script } from '../calls/script.mjs';
import { DESCRIPTION } from '../calls/answer.mjs';
import { PEER, US } from './harness.mjs';

const body = { type: 'application/sdp', bytes: Buffer.from(DESCRIPTION) };
const CONTACT = `<sip:${US}:5060>`;

/** What a server is asked by a caller like that of the other measurements. */
function incoming({ core, wire }, method, answer) {
  const lines = script({ run: 'm', local: 5060, remote: 5060 });
  const begin = lines[method.toLowerCase()];
  core.registerUsage({
    name: 'measured',
    methods: [method],
    take: (transaction) => {
      answer(transaction);
      return true;
    },
  });
  return (number) => wire.say(begin(number, '', '').replaceAll('127.0.0.1', PEER));
}

/** Our INVITE, as a session sends it. `answered`: with a 200, at once. */
function outgoing({ core, wire }, answered) {
  const target = parseUri(`sip:service@${PEER}:5060`);
  const user = { response: () => {}, failed: () => {} };
  let sent;
  wire.heard = (bytes) => {
    sent = bytes;
  };
  return (number) => {
    const headers = new HeaderList({
      From: `<sip:load@${US}>;tag=l${number}`,
      To: `<${target.toString()}>`,
      'Call-ID': `${number}-m@${US}`,
    });
    core.startInitial('INVITE', target, { headers, body, repeats: 0, nextSequence: () => 1 }, core.wayTo(target), user);
    if (!answered) return;
    const response = buildResponse(parseMessage(sent).message, 200, { headers: { Contact: CONTACT }, body, toTag: `t${number}` });
    wire.say(writeMessage(response).toString('latin1'));
  };
}

const accept = (transaction) =>
  transaction.respond(buildResponse(transaction.request, 200, { headers: { Contact: CONTACT }, body, toTag: 'a1' }));
const confirm = (transaction) => transaction.respond(buildResponse(transaction.request, 200, { toTag: 'a1' }));

/** By what the table calls them; `counted`: where the stack's own statistics show them. */
export const kinds = {
  'server INVITE, 100 sent': {
    counted: 'serverTransactions',
    settle: 300,
    make: (on) => incoming(on, 'INVITE', () => {}),
  },
  'client INVITE, no response': { counted: 'clientTransactions', settle: 600, make: (on) => outgoing(on, false) },
  'server INVITE, answered': { counted: 'finishedTransactions', settle: 300, make: (on) => incoming(on, 'INVITE', accept) },
  'server OPTIONS, answered': { counted: 'finishedTransactions', settle: 300, make: (on) => incoming(on, 'OPTIONS', confirm) },
  'client INVITE, answered': { counted: 'clientTransactions', settle: 300, make: (on) => outgoing(on, true) },
};
