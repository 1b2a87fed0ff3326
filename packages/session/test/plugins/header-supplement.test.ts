import { expect, it } from 'vitest';
import { defineHeaderSupplement, reply, retry, type Session } from '@jackfield/session';
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

it.each<{ what: string; given: () => unknown }>([
  { what: 'a reply', given: () => reply(486) },
  { what: 'a wish to answer later', given: () => 'later' },
  { what: 'a wish to ask again', given: () => retry({ headers: { 'X-Again': '1' } }) },
  { what: 'what a short arrow function happens to give', given: () => 1 },
  { what: 'the promise of a reply', given: () => Promise.resolve(reply(486)) },
])('$what, given back by `in` of a request, decides nothing', async ({ given }) => {
  const bed = new Testbed();
  const [alice, bob] = [await bed.party('alice'), await bed.party('bob')];
  bob.service.registerSupplement(defineHeaderSupplement({ name: 'x', of: 'requests', in: given as () => undefined }));
  bob.service.onIncoming((session) => session.accept());
  const call = alice.service.create(bob.uri());
  await bed.clock.advance(1000);
  const info = call.sendRequest('INFO');
  await bed.clock.advance(1000);
  expect([call.state, (await info).status, bob.errors]).toEqual(['established', 200, []]);
  await bed.close();
});

it('a wish to ask again, given back by `in` of a response, decides nothing', async () => {
  const bed = new Testbed();
  const [alice, bob] = [await bed.party('alice'), await bed.party('bob')];
  let came = 0;
  alice.service.registerSupplement(
    defineHeaderSupplement({ name: 'x', of: 'responses', in: (() => retry({ headers: { 'X-Again': '1' } })) as () => never }),
  );
  bob.service.onIncoming((session) => {
    came += 1;
    return session.reject(486);
  });
  const call = alice.service.create(bob.uri());
  call.established.catch(() => {});
  await bed.clock.advance(1000);
  expect([(await call.ended).status, came, alice.errors]).toEqual([486, 1, []]);
  await bed.close();
});

it('a promise that `in` gives back and that fails is reported, of a request and of a response', async () => {
  const bed = new Testbed();
  const [alice, bob] = [await bed.party('alice'), await bed.party('bob')];
  const fails = (() => Promise.reject(new Error('oh'))) as () => never;
  alice.service.registerSupplement(defineHeaderSupplement({ name: 'x', of: 'responses', in: fails }));
  bob.service.registerSupplement(defineHeaderSupplement({ name: 'y', of: 'requests', methods: ['BYE'], in: fails }));
  bob.service.onIncoming((session) => session.accept());
  const call = alice.service.create(bob.uri());
  await bed.clock.advance(1000);
  void call.end();
  await bed.clock.advance(1000);
  expect(alice.errors.some(({ message }) => message.includes('incomingResponse of x failed: oh'))).toBe(true);
  expect(bob.errors.map(({ message }) => message)).toEqual([expect.stringContaining('incomingRequest of y failed: oh')]);
  await bed.close();
});
