/** Bad input to the listening machine: it stays up, it answers, and it keeps nothing of it. */
import { SeededRandom } from '@jackfield/base/testing';
import { requestText } from '@jackfield/sip/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../harness/ports.ts';
import { Machine } from '../harness/machine.ts';
import { callMessage, inviteText, tortureMessage, type Call, type Place } from './corpus.ts';
import { Tester } from './flood.ts';
import { mutate } from './mutate.ts';

const SEED = Number(process.env['SEED'] ?? 20_261_122); // another one is another thousand ways to be wrong
const FIRST = 200;
const ROUND = 2000;
const MIB = 2 ** 20;

describe(`the machine under ${ROUND} mutated messages by UDP and as many by TCP, twice (seed ${SEED})`, () => {
  const random = new SeededRandom(SEED);
  const tester = new Tester();
  let machine: Machine;
  let place: Place;
  let made = 0;

  beforeAll(async () => {
    const testerPort = await tester.bind();
    machine = await Machine.start({ source: 'test/hostile/hostile-process.ts', port: await freePort(), testerPort });
    tester.aim(machine.port);
    place = { via: tester.via, machine: machine.address };
  });
  afterAll(async () => {
    tester.close();
    await machine.stop();
  });

  const fresh = (): string => `x${(made += 1)}`;

  /** A call as it should be, to send nonsense into. */
  async function call(): Promise<Call> {
    const callId = fresh();
    const answer = await tester.exchange(inviteText(place, 'echo', callId));
    const toTag = /^To:.*;tag=(\w+)/m.exec(answer)![1]!;
    tester.send(inDialog('ACK', 1, { callId, toTag }));
    return { callId, toTag };
  }

  function inDialog(method: string, cseq: number, { callId, toTag }: Call): string {
    const to = `<sip:echo@${place.machine}>;tag=${toTag}`;
    const [uri, from] = [`sip:echo@${place.machine}`, '<sip:mallory@127.0.0.1>;tag=m'];
    return requestText(method, { uri, via: place.via, branch: `z9hG4bK-${callId}-${method}`, from, to, callId, cseq });
  }

  /** Mutated messages, then the end of the call that they were sent into, and ten minutes on the machine's clock. */
  async function round(count: number): Promise<void> {
    const standing = await call();
    const message = (): Buffer =>
      mutate(random.chance(0.5) ? tortureMessage(fresh(), random) : callMessage(place, standing, fresh(), random), random);
    await tester.flood(Array.from({ length: count }, message), Array.from({ length: count }, message));
    await tester.exchange(inDialog('BYE', 100_000, standing)); // 481 where one of the messages was a BYE
    await machine.ask('later');
  }

  it('answers OPTIONS within a second after every 25 messages, and keeps no memory of them', { timeout: 60_000 }, async () => {
    await round(FIRST);
    const afterFirst = await machine.heap();
    await round(ROUND - FIRST);
    expect(await tester.options()).toBe('SIP/2.0 200 OK');
    const afterRound = await machine.heap();
    await round(ROUND);
    expect(await tester.options()).toBe('SIP/2.0 200 OK');
    await machine.ask('later');
    const afterSecond = await machine.heap();
    const { total } = (await machine.stats()).stack;
    expect(total['connectionsIn']).toBe(2 * ROUND);
    expect(total['received']).toBeGreaterThan(3 * ROUND); // framed or not, most of them came as far as the parser
    expect((afterRound - afterFirst) / MIB).toBeLessThan(4);
    expect((afterSecond - afterRound) / MIB).toBeLessThan(1);
    expect(await machine.held()).toEqual({});
  });
});
