import { expect, it } from 'vitest';
import { defineHeaderSupplement, type Session } from '@jackfield/session';
import { Testbed } from '@jackfield/session/testing';

it('writes what leaves and reads what comes: of requests, of responses, of its methods', async () => {
  const bed = new Testbed();
  const [alice, bob] = [await bed.party('alice'), await bed.party('bob')];
  const read: string[] = [];
  alice.service.registerSupplement(
    defineHeaderSupplement({
      name: 'account',
      methods: ['INVITE', 'BYE'],
      of: 'requests',
      out: (headers, { method, initial }) => headers.set('X-Account', `${method} ${initial}`),
    }),
  );
  alice.service.registerSupplement(
    defineHeaderSupplement({
      name: 'answers',
      of: 'responses',
      in: (headers, { method, status }) => void read.push(`${method} ${status} ${headers.get('X-Answer')}`),
    }),
  );
  bob.service.registerSupplement(
    defineHeaderSupplement({
      name: 'both',
      in: (headers, { method, status }) => void read.push(`bob: ${method} ${status ?? ''}${headers.get('X-Account') ?? '-'}`),
      out: (headers, { status }) => headers.set('X-Answer', String(status)),
    }),
  );
  let theirs: Session | undefined;
  bob.service.onIncoming((session) => {
    theirs = session;
    return session.accept();
  });
  const call = alice.service.create(bob.uri());
  await bed.clock.advance(1000);
  const info = call.sendRequest('INFO');
  await bed.clock.advance(1000);
  await info;
  void call.end();
  await bed.clock.advance(64_000);
  expect(theirs?.state).toBe('ended');
  expect(read).toEqual([
    'bob: INVITE INVITE true',
    'INVITE 200 200',
    'bob: ACK -',
    'bob: INFO -',
    'INFO 200 200',
    'bob: BYE BYE false',
    'BYE 200 200',
  ]);
  expect([...alice.errors, ...bob.errors]).toEqual([]);
});

it('finds headers by their names, of what comes and of what leaves', async () => {
  const bed = new Testbed();
  const [alice, bob] = [await bed.party('alice'), await bed.party('bob')];
  const own = (names: Iterable<string>): string[] => [...names].filter((name) => name.startsWith('X-'));
  const seen: string[][] = [];
  bob.service.registerSupplement(
    defineHeaderSupplement({ name: 'names', methods: ['INVITE'], of: 'requests', in: (headers) => void seen.push(own(headers.names())) }),
  );
  alice.service.registerSupplement(
    defineHeaderSupplement({ name: 'echo', methods: ['INVITE'], of: 'requests', out: (headers) => void seen.push(own(headers.names())) }),
  );
  bob.service.onIncoming((session) => session.reject(486));
  const call = alice.service.create(bob.uri(), { headers: { 'X-Queue': ['1', '2'], 'X-Agent': '7' } });
  call.established.catch(() => {});
  await bed.clock.advance(1000);
  expect(seen).toEqual([
    ['X-Queue', 'X-Agent'],
    ['X-Queue', 'X-Agent'],
  ]);
  await bed.close();
});

it('has only the hooks that it needs', () => {
  const some = () => undefined;
  const keys = (supplement: object) => Object.keys(supplement).filter((key) => /^(in|out)/.test(key));
  expect(keys(defineHeaderSupplement({ name: 'x' }))).toEqual([]);
  expect(keys(defineHeaderSupplement({ name: 'x', in: some, of: 'responses' }))).toEqual(['incomingResponse']);
  expect(keys(defineHeaderSupplement({ name: 'x', out: some, of: 'requests' }))).toEqual(['outgoingRequest']);
  expect(keys(defineHeaderSupplement({ name: 'x', in: some, out: some }))).toHaveLength(4);
});
