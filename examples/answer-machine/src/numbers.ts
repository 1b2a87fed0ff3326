/** The test numbers: what the user part of the Request-URI makes the machine do with a call. */
import type { Call } from '@jackfield/call';
import { readTokens } from '@jackfield/session';
import { greeting, tone } from './sounds.ts';

type Answer = (call: Call) => Promise<unknown>;

/** Returns the caller's audio, and video where there is any, until somebody hangs up. */
const echo: Answer = async (call) => {
  await call.answer();
  echoOf(call);
};

/** Of a call that is answered. */
export function echoOf({ session }: Call): void {
  session.stream('audio')?.stream.echo(true);
  session.stream('video')?.stream.echo(true);
}

/** Does something with an echoing call, a while after it began. */
const echoThen = (then: Answer): Answer => {
  return async (call) => {
    await echo(call);
    await call.pause(1000);
    await then(call);
  };
};

export const NUMBERS: Readonly<Record<string, Answer>> = {
  echo,
  info: echo, // keys are told by every call
  auth: echo, // for who has shown a password: `guard.ts`
  alice: echo,
  async slow(call) {
    await call.ring();
    await call.pause(2000);
    await echo(call);
  },
  async ring(call) {
    await call.ring();
    await call.pause(60_000);
    await call.reject(480);
  },
  async early(call) {
    await call.early();
    if (call.audio !== undefined) await call.play(tone(440, 1000)); // who made no offer hears nothing before the answer
    await echo(call);
  },
  async rel(call) {
    const { session } = call;
    if ((['Supported', 'Require'] as const).some((name) => readTokens(session.invite.headers, name).includes('100rel'))) {
      await session.progress(183, { reliable: true }); // until its PRACK is in
      await call.pause(1000);
    }
    await echo(call);
  },
  busy: (call) => call.reject(486),
  decline: (call) => call.reject(603),
  async play(call) {
    await call.answer();
    await call.play(greeting());
    await call.hangup();
  },
  hangup: echoThen((call) => call.hangup()),
  reinvite: echoThen((call) => call.session.sendReinvite()),
  offerless: echoThen((call) => call.session.sendReinvite({ media: 'late' })),
  hold: echoThen(async (call) => {
    await call.hold();
    await call.pause(1000);
    await call.resume();
  }),
};

/** No user at all is `echo`; a number that is not here is 404. */
export function answer(call: Call): Promise<unknown> {
  const number = call.to ?? 'echo';
  const known = Object.hasOwn(NUMBERS, number) ? NUMBERS[number] : undefined;
  return known === undefined ? call.reject(404) : known(call);
}
