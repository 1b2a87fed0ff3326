// @jackfield/sip alone. Calls through a dialog usage: INVITE, ACK and BYE as transactions of a dialog, no sessions, a constant description.
// OPTIONS by a service.
import { buildResponse, coreOf, createSipStack, reply, udp } from '@jackfield/sip';
import { ACCEPT, ALLOW, DESCRIPTION } from './answer.mjs';
import { dropped, resources } from './resources.mjs';
import { serve } from '../lib/children.mjs';

const stack = createSipStack({ transports: [udp({ host: '127.0.0.1', port: 0 })] });
const core = coreOf(stack);
const errors = [];
let established = 0;
let ended = 0;
let tags = 0;

const body = { type: ACCEPT, bytes: Buffer.from(DESCRIPTION) };

const headers = { Allow: ALLOW, Accept: ACCEPT };
stack.registerService({ name: 'options', methods: ['OPTIONS'], handleRequest: () => reply(200, { headers }) });

class Call {
  dialog = undefined;

  ack() {
    established += 1;
  }

  request(transaction) {
    const { request } = transaction;
    transaction.respond(buildResponse(request, request.method === 'BYE' ? 200 : 501));
    if (request.method !== 'BYE') return;
    ended += 1;
    this.dialog.terminate();
  }
}

core.registerUsage({
  name: 'calls',
  methods: ['INVITE'],
  take(transaction) {
    tags += 1;
    const toTag = `s${tags}`;
    const call = new Call();
    call.dialog = core.dialogs.fromRequest(transaction, toTag, call);
    const headers = { Contact: core.contactFor(transaction.flow), Allow: ALLOW };
    transaction.respond(buildResponse(transaction.request, 200, { headers, body, toTag }));
    call.dialog.confirm(transaction.request);
    return true;
  },
});

process.on('uncaughtExceptionMonitor', (error) => errors.push(error));
const [{ port }] = await stack.listen();

serve({
  port: () => port,
  ...resources,
  drops: () => dropped(port),
  state: () => {
    const { live, total } = stack.stats();
    return { requests: total.serverTransactions, established, ended, live, total, errors: errors.map(String).slice(0, 5) };
  },
});
