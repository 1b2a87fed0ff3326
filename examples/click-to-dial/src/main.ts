/** `node examples/click-to-dial/dist/main.js <uri-a> <uri-b>`: calls A, then B, and joins them. Ends with either of them, or with Ctrl-C. */
import { parseArgs } from 'node:util';
import { createSessionService } from '@jackfield/session';
import { createSipStack, tcp, udp } from '@jackfield/sip';
import { join } from './join.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    host: { type: 'string', default: '0.0.0.0' },
    port: { type: 'string', default: '5062' },
    help: { type: 'boolean', short: 'h' },
  },
});
const [uriA, uriB] = positionals;
if (values.help === true || uriA === undefined || uriB === undefined) {
  console.error('usage: click-to-dial [--host 0.0.0.0] [--port 5062] <sip:a@host> <sip:b@host>');
  process.exit(values.help === true ? 0 : 2);
}

const listening = { host: values.host, port: Number(values.port) };
const stack = createSipStack({ transports: [udp(listening), tcp(listening)], userAgent: 'click-to-dial' });
const sessions = createSessionService(stack);
await stack.listen();

const say = (line: string): void => console.log(line);
process.once('SIGINT', () => void sessions.close());
try {
  say(`calling ${uriA}`);
  const joined = await join(sessions, uriA, uriB, say);
  await joined.over;
  say('both have hung up');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
await sessions.close();
await stack.close();
