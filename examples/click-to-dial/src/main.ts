/** `node examples/click-to-dial/dist/main.js <uri-a> <uri-b>`: calls A, then B, and joins them. Ends with either of them, or with Ctrl-C. */
import { parseArgs } from 'node:util';
import { createSessionService } from '@jackfield/session';
import { createSipStack, tcp, udp } from '@jackfield/sip';
import { join } from './join.ts';

const USAGE = 'usage: click-to-dial [--host 0.0.0.0] [--port 5062] <sip:a@host> <sip:b@host>';

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        host: { type: 'string', default: '0.0.0.0' },
        port: { type: 'string', default: '5062' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const [uriA, uriB] = positionals;
    const port = Number(values.port);
    if (values.help === true) {
      console.log(USAGE);
      return process.exit(0);
    }
    if (uriA === undefined || uriB === undefined || positionals.length > 2) throw new Error('two addresses are wanted');
    if (!/^\d+$/.test(values.port) || port > 65_535) throw new Error(`--port is a number, 0 to 65535, not ${values.port}`);
    udp({ host: values.host, port }); // says what is wrong with them
    return { uriA, uriB, host: values.host, port };
  } catch (error) {
    complain(error);
    console.error(USAGE);
    return process.exit(2);
  }
}

/** With what lies behind an error: why a port cannot be had. */
function complain(error: unknown): void {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  console.error(cause instanceof Error ? `${message}: ${cause.message}` : message);
}

const { uriA, uriB, host, port } = readArguments();
const stack = createSipStack({ transports: [udp({ host, port }), tcp({ host, port })], userAgent: 'click-to-dial' });
const sessions = createSessionService(stack);
const say = (line: string): void => console.log(line);

let closing = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    closing = true;
    say('hanging up');
    void sessions.close();
  });
}
try {
  await stack.listen();
  say(`calling ${uriA}`);
  const joined = await join(sessions, uriA, uriB, say);
  await joined.over;
  say('both have hung up');
} catch (error) {
  if (!closing) {
    complain(error);
    process.exitCode = 1;
  }
}
await sessions.close();
await stack.close();
