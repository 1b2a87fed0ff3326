import { beforeEach, describe, expect, it } from 'vitest';
import { parseUri, reply, type InviteOptions, type Session } from '@jackfield/session';
import { ladder, Testbed, type Party } from '@jackfield/session/testing';
import { callLimitSupplement, callSlot, registerCallLimit } from 'jackfield-supplement-example';

let bed: Testbed;
let alice: Party; // she calls
let bob: Party; // he counts
let counts: string[]; // statuses that alice saw, with the X-Call-Count they carried

beforeEach(async () => {
  bed = new Testbed();
  [alice, bob, counts] = [await bed.party('alice'), await bed.party('bob'), []];
});

function call(from = 'carol'): Session {
  const options: InviteOptions = {
    from: { uri: parseUri(`sip:${from}@example.com`)! },
    onResponse: (response) => counts.push(`${response.status} ${response.headers.get('X-Call-Count')}`),
  };
  return alice.service.create(bob.uri(), options);
}

async function refused(session: Session): Promise<number | undefined> {
  await bed.clock.advance(1000);
  return session.state === 'ended' ? (await session.ended).status : undefined;
}

describe('a caller at its limit', () => {
  beforeEach(() => {
    registerCallLimit(bob.service);
    bob.service.onIncoming((session) => session.accept());
  });

  it('is refused with 486, and told on every answer how many calls it has', async () => {
    for (let calls = 1; calls <= 3; calls += 1) {
      call();
      await bed.clock.advance(1000);
    }
    expect(counts).toEqual(['200 1', '200 2', '486 2']);
    expect([...bob.service.sessions]).toHaveLength(2);
  });

  it('is nobody else’s limit', async () => {
    call('carol');
    call('carol');
    expect(await refused(call('dave'))).toBeUndefined();
  });

  it('may call again when one of its calls is over', async () => {
    const first = call();
    call();
    await bed.clock.advance(1000);
    void first.end();
    await bed.clock.advance(1000);
    expect(await refused(call())).toBeUndefined();
    expect(counts).toEqual(['200 1', '200 2', '200 2']);
  });

  it('is called as often as anybody likes', async () => {
    alice.service.onIncoming((session) => session.accept());
    const calls = [1, 2, 3].map(() => bob.service.create(alice.uri()));
    await bed.clock.advance(1000);
    expect(calls.map(({ state }) => state)).toEqual(['established', 'established', 'established']);
    expect(calls.map(callSlot)).toEqual([undefined, undefined, undefined]);
  });
});

it('refuses a call before anything of it exists', async () => {
  registerCallLimit(bob.service, { perCaller: 1 });
  bob.service.onIncoming((session) => session.accept());
  call();
  await bed.clock.advance(1000);
  const second = ladder(bed);
  second.cut(); // from here on
  call();
  await bed.clock.advance(1000);
  expect(second.steps).toEqual([
    'alice: admitSession outgoing',
    'alice: sessionBegin',
    'alice: createOutgoingStream 0 sendrecv',
    'alice: outgoingRequest INVITE (application)',
    'alice -> bob INVITE sdp',
    'bob: admitSession incoming', // and neither sessionBegin nor a stream
    'bob -> alice 486 INVITE',
    'alice -> bob ACK',
    'alice: incomingResponse 486 INVITE',
    'alice: sessionEnd by remote 486',
    'alice: stopStream',
  ]);
});

interface Ending {
  readonly when: string;
  readonly bob: (session: Session) => void;
  readonly alice?: (session: Session) => void;
  readonly refusedBy?: 'admission' | 'request' | 'media';
}

describe('a slot comes back', () => {
  it.each<Ending>([
    { when: 'the caller hangs up', bob: (session) => void session.accept(), alice: (session) => void session.end() },
    { when: 'the other side hangs up', bob: (session) => void session.accept().then(() => session.end()) },
    { when: 'the caller gives up', bob: (session) => void session.progress(), alice: (session) => void session.end() },
    { when: 'the call is declined', bob: (session) => void session.reject(603) },
    { when: 'another supplement refuses it at admission', bob: () => {}, refusedBy: 'admission' },
    { when: 'another supplement answers the INVITE', bob: () => {}, refusedBy: 'request' },
    { when: 'no stream of the offer is taken', bob: () => {}, refusedBy: 'media' },
    {
      when: 'the ACK never comes',
      bob: (session) => {
        bed.network.partition(alice.host, bob.host);
        session.accept().catch(() => {});
      },
    },
  ])('when $when', async ({ bob: answer, alice: then, refusedBy }) => {
    registerCallLimit(bob.service, { perCaller: 1 });
    const other = { name: 'other', order: 'late' } as const;
    if (refusedBy === 'admission') bob.service.registerSupplement({ ...other, admitSession: () => reply(403) });
    if (refusedBy === 'request') bob.service.registerSupplement({ ...other, methods: ['INVITE'], incomingRequest: () => reply(403) });
    bob.service.onIncoming((session) => {
      expect(callSlot(session)?.used).toBe(1);
      answer(session);
    });
    const media = refusedBy === 'media' ? [{ kind: 'text', section: TEXT }] : undefined;
    const first = alice.service.create(bob.uri(), { media, from: { uri: parseUri('sip:carol@example.com')! } });
    await bed.clock.advance(1000);
    then?.(first);
    await bed.clock.advance(120_000);
    bed.network.heal();
    expect([...bob.service.sessions]).toEqual([]);
    expect(await refused(call())).not.toBe(486);
  });
});

const TEXT = { kind: 'text', port: 9, protocol: 'RTP/AVP', formats: ['98'], lines: ['a=rtpmap:98 t140/1000'] };

it('takes another limit and another status', async () => {
  registerCallLimit(bob.service, { perCaller: 1, status: 600 });
  bob.service.onIncoming((session) => session.accept());
  call();
  expect(await refused(call())).toBe(600);
});

it.each([{ perCaller: 0 }, { perCaller: 1.5 }, { status: 200 }, { status: 700 }])('refuses the option %j', (options) => {
  expect(() => callLimitSupplement(options)).toThrow(RangeError);
});

it('lets everybody in when it is unregistered, and leaves nothing behind', async () => {
  const registration = registerCallLimit(bob.service, { perCaller: 1 });
  bob.service.onIncoming((session) => session.accept());
  const first = call();
  await bed.clock.advance(1000);
  registration.unregister();
  const second = call();
  expect(await refused(second)).toBeUndefined();
  void first.end();
  void second.end();
  await bed.clock.advance(64_000);
  expect([...alice.errors, ...bob.errors]).toEqual([]);
  expect(bed.leftOver()).toEqual({});
});
