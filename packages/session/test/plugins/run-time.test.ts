/** Plug-ins that come and go while calls are up: a session keeps those that it began with. */
import { beforeEach, describe, expect, it } from 'vitest';
import { reply, type Order, type Registration, type Session, type Supplement } from '@jackfield/session';
import { testAudio, Testbed, tracer, type Party } from '@jackfield/session/testing';

let bed: Testbed;
let alice: Party;
let bob: Party;
let heard: string[];

beforeEach(async () => {
  bed = new Testbed();
  alice = await bed.party('alice');
  bob = await bed.party('bob', { traced: false });
  bob.service.registerSdpHandler(bob.audio, 'audio');
  bob.service.onIncoming((session) => session.accept());
  heard = [];
});

const register = (name: string, more: Partial<Supplement> = {}): Registration =>
  bob.service.registerSupplement({ ...tracer((step) => void heard.push(`${name}: ${step}`), name), ...more });

async function call(): Promise<Session> {
  const session = alice.service.create(bob.uri());
  session.established.catch(() => undefined);
  await bed.clock.advance(1000);
  return session;
}

/** What is heard meanwhile, without what was before. */
async function during(work: () => unknown): Promise<string[]> {
  heard.length = 0;
  void work();
  await bed.clock.advance(1000);
  return heard.filter((step) => /INFO|sessionBegin|sessionEnd/.test(step));
}

describe('a supplement', () => {
  it('that is unregistered goes on with the calls that it began with, to their sessionEnd, and hears of no others', async () => {
    const registration = register('one');
    const first = await call();
    registration.unregister();
    expect(await during(() => first.sendRequest('INFO'))).toEqual(['one: incomingRequest INFO', 'one: outgoingResponse 200 INFO (core)']);
    let second: Session | undefined;
    expect(await during(async () => (second = await call()))).toEqual([]);
    expect(await during(() => second?.sendRequest('INFO'))).toEqual([]);
    expect(await during(() => second?.end())).toEqual([]);
    expect(await during(() => first.end())).toEqual(['one: sessionEnd by remote']);
  });

  it('that is registered while a call is up hears of those that begin afterwards, and nothing of that one', async () => {
    const first = await call();
    register('late');
    expect(await during(() => first.sendRequest('INFO'))).toEqual([]);
    let second: Session | undefined;
    expect(await during(async () => (second = await call()))).toEqual(['late: sessionBegin']);
    expect(await during(() => first.end())).toEqual([]);
    expect(await during(() => second?.end())).toEqual(['late: sessionEnd by remote']);
  });

  it('can come back under its name while a call of its former self is up: each has its own', async () => {
    const registration = register('one', { sessionBegin: () => void heard.push('old: sessionBegin') });
    const first = await call();
    registration.unregister();
    register('one', { sessionEnd: () => void heard.push('new: sessionEnd') });
    const second = await call();
    expect(await during(() => second.end())).toEqual(['new: sessionEnd']);
    expect(await during(() => first.end())).toEqual(['one: sessionEnd by remote']);
  });

  it('that unregisters itself inside a hook stays for that session', async () => {
    const registration = register('once', {
      sessionBegin: () => {
        heard.push('once: sessionBegin');
        registration.unregister();
      },
    });
    const first = await call();
    const second = await call();
    expect(heard.filter((step) => step.endsWith('sessionBegin'))).toEqual(['once: sessionBegin']);
    expect(await during(() => first.end())).toEqual(['once: sessionEnd by remote']);
    expect(await during(() => second.end())).toEqual([]);
  });

  it('that registers another inside a hook does not give it to that session', async () => {
    register('parent', { sessionBegin: () => void register('child') });
    const first = await call();
    expect(heard.filter((step) => step.startsWith('child'))).toEqual([]);
    await during(() => first.end());
    expect(heard.filter((step) => step.startsWith('child'))).toEqual([]);
  });

  it('that refuses, registered between admission and the hooks of a call, has no say in it', async () => {
    register('slow', {
      admitSession: () => new Promise((resolve) => bed.clock.after(500, () => resolve(undefined))),
    });
    const calling = alice.service.create(bob.uri());
    await bed.clock.advance(200);
    const refusing = bob.service.registerSupplement({ name: 'refusing', admitSession: () => reply(603) });
    await bed.clock.advance(2000);
    expect(calling.state).toBe('established');
    refusing.unregister();
  });

  it('keeps its place: early, normal, late, then registration, however they come and go', async () => {
    const begins = (name: string, order?: Order): Registration =>
      bob.service.registerSupplement({
        name,
        order,
        sessionBegin: () => void heard.push(name),
        sessionEnd: () => void heard.push(`-${name}`),
      });
    begins('late 1', 'late');
    const one = begins('normal 1');
    begins('early 1', 'early');
    begins('normal 2');
    const first = await call();
    one.unregister();
    begins('early 2', 'early');
    begins('normal 1');
    heard.push('|');
    const second = await call();
    heard.push('|');
    void first.end();
    await bed.clock.advance(1000);
    expect(heard.join(', ')).toBe(
      'early 1, normal 1, normal 2, late 1, |, early 1, early 2, normal 2, normal 1, late 1, |, -late 1, -normal 2, -normal 1, -early 1',
    );
    void second.end();
    await bed.clock.advance(1000);
  });
});

describe('an SDP handler', () => {
  it('that is unregistered keeps its streams until their calls end; new calls find it no more', async () => {
    const [image] = [testAudio()];
    bed = new Testbed();
    alice = await bed.party('alice');
    bob = await bed.party('bob', { traced: false });
    bob.service.onIncoming((session) => session.accept());
    const registration = bob.service.registerSdpHandler(image, 'audio');
    const first = await call();
    registration.unregister();
    const second = await call();
    await expect(second.established).rejects.toMatchObject({ info: { status: 488 } });
    const held = first.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
    await bed.clock.advance(1000);
    await expect(held).resolves.toMatchObject({ kind: 'agreed' });
    expect(image.live).toBe(1);
    void first.end();
    await bed.clock.advance(1000);
    expect(image.live).toBe(0);
  });
});

it('ten thousand registrations that came and went leave nothing behind', async () => {
  for (let round = 0; round < 10_000; round += 1) {
    const registration = bob.service.registerSupplement({
      name: `plugin ${round % 7}`,
      optionTags: [`tag-${round}`],
      sessionBegin: () => undefined,
    });
    registration.unregister();
    registration.unregister();
  }
  const first = await call();
  expect(first.state).toBe('established');
  expect([...first.dialog.remoteSupported].filter((tag) => tag.startsWith('tag-'))).toEqual([]);
  void first.end();
  await bed.clock.advance(64_000);
  expect(bed.leftOver()).toEqual({});
});
