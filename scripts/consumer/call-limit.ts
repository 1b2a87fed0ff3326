// Two stacks on this machine, from the packed packages alone: one calls the other, whose calls a stranger's supplement limits.
import assert from 'node:assert/strict';
import { isSipError } from '@jackfield/base';
import { registerAudio, type AudioStream } from '@jackfield/sdp-audio';
import { createSessionService, parseUri, type Session, type SessionService, type SipStack } from '@jackfield/session';
import { createSipStack, udp } from '@jackfield/sip';
import { callSlot, registerCallLimit } from 'jackfield-supplement-example';

interface Phone {
  readonly stack: SipStack;
  readonly sessions: SessionService;
  readonly port: number;
}

async function phone(): Promise<Phone> {
  const stack = createSipStack({ transports: [udp({ host: '127.0.0.1', port: 0 })] });
  const sessions = createSessionService(stack, { onError: (error) => assert.fail(error) });
  registerAudio(sessions);
  const [listening] = await stack.listen();
  assert(listening);
  return { stack, sessions, port: listening.port };
}

const [alice, bob] = [await phone(), await phone()];
registerCallLimit(bob.sessions);
const used: (number | undefined)[] = [];
bob.sessions.onIncoming(async (session) => {
  used.push(callSlot(session)?.used);
  await session.accept();
  const stream: AudioStream | undefined = session.stream('audio')?.stream; // typed, because sdp-audio adds its kind
  stream?.echo(true);
});

const carol = parseUri('sip:carol@example.com');
assert(carol);
const counts: (string | undefined)[] = [];
const call = (): Promise<Session> =>
  alice.sessions.invite(`sip:bob@127.0.0.1:${bob.port}`, {
    from: { uri: carol },
    onResponse: (response) => counts.push(`${response.status} ${response.headers.get('X-Call-Count')}`),
  });

const first = await call();
const second = await call();
await assert.rejects(call(), (error) => isSipError(error, 'SESSION_REFUSED') && error.info.status === 486);
assert.equal(first.stream('audio')?.stream.codec?.name, 'PCMU');
await first.end();
const third = await call();
assert.deepEqual(used, [1, 2, 2]);
assert.deepEqual(counts, ['200 1', '200 2', '486 2', '200 2']);
await Promise.all([second.end(), third.end()]);

for (const { sessions, stack } of [alice, bob]) {
  await sessions.close();
  await stack.close();
}
console.log('call limit: the third call got 486, and the slot of an ended call was given again');
