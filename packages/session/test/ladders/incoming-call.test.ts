import { describe } from 'vitest';
import { golden } from './golden.ts';
import { sdp } from './script.ts';

describe('F1, an incoming INVITE with an offer', () => {
  const plays = golden('F01-incoming-call');

  plays('answered, ended by the caller', async (play) => {
    const { alice, bob, calls } = await play.parties('bob');
    const caller = alice.service.create(bob.uri());
    await play.go();
    play.note('bob calls progress 180');
    await calls[0]!.progress(180);
    await play.go();
    play.note('bob calls accept');
    play.watch(calls[0]!.accept(), 'accept resolves', 'accept');
    await play.go();
    void caller.end();
    await play.go();
  });

  plays('early media: the 2xx says the same again, and nothing is applied twice', async (play) => {
    const { alice, bob, calls } = await play.parties('bob');
    alice.service.create(bob.uri());
    await play.go();
    play.note('bob calls progress 183');
    void calls[0]!.progress(183);
    await play.go();
    play.note('bob calls accept');
    play.watch(calls[0]!.accept(), 'accept resolves', 'accept');
    await play.go();
  });

  plays('refused by the driver', async (play) => {
    const { alice, bob, calls } = await play.parties('bob');
    alice.service.create(bob.uri());
    await play.go();
    play.note('bob calls reject 486');
    play.watch(calls[0]!.reject(486), 'reject resolves', 'reject');
    await play.go();
  });

  plays('refused by the driver after early media: the stream stops after sessionEnd', async (play) => {
    const { alice, bob, calls } = await play.parties('bob');
    alice.service.create(bob.uri());
    await play.go();
    play.note('bob calls progress 183');
    void calls[0]!.progress(183);
    await play.go();
    play.note('bob calls reject 486');
    play.watch(calls[0]!.reject(486), 'reject resolves', 'reject');
    await play.go();
  });

  plays('without a driver', async (play) => {
    const { alice, bob } = await play.parties('bob', { driven: false });
    alice.service.create(bob.uri());
    await play.go();
  });

  plays('a driver that takes its time: 100 after 200 ms, of one hop, without hooks', async (play) => {
    const { alice, bob, calls } = await play.parties('bob');
    alice.service.create(bob.uri());
    await play.go();
    await play.wait(200);
    await play.wait(800);
    play.note('bob calls progress 180');
    void calls[0]!.progress(180);
    await play.go();
  });

  plays('the INVITE repeated: absorbed, the last response again', async (play) => {
    const { peer, calls } = await play.called();
    await peer.invite();
    play.note('bob calls progress 180');
    void calls[0]!.progress(180);
    await play.go();
    await peer.repeat('INVITE');
  });

  plays('the ACK is lost: the 2xx again, without hooks, until it is acknowledged', async (play) => {
    const { peer, calls } = await play.called();
    await peer.invite();
    play.cut();
    play.note('bob calls accept');
    play.watch(calls[0]!.accept(), 'accept resolves', 'accept');
    await play.wait(500);
    await play.wait(1000);
    await peer.ack();
    await peer.ack();
    await play.wait(3000);
  });

  plays('no ACK at all: BYE after 64*T1', async (play) => {
    const { peer, calls } = await play.called();
    await peer.invite();
    play.cut();
    play.note('bob calls accept');
    play.watch(calls[0]!.accept(), 'accept resolves', 'accept');
    await play.bed.clock.advance(32_020);
    await peer.answer('BYE', 200);
  });
});

describe('F2, an incoming INVITE without an offer', () => {
  const plays = golden('F02-incoming-without-offer');

  plays('answered', async (play) => {
    const { alice, bob, calls } = await play.parties('bob');
    alice.service.create(bob.uri(), { media: 'late' });
    await play.go();
    play.note('bob calls progress 183');
    void calls[0]!.progress(183);
    await play.go();
    play.note('bob calls accept');
    play.watch(calls[0]!.accept(), 'accept resolves', 'accept');
    await play.go();
  });
});

describe('F18, a first INVITE whose offer nobody can have', () => {
  const plays = golden('F18-nothing-usable');
  const offers: Readonly<Record<string, string>> = {
    'no codec': sdp({ format: '18' }),
    'every line of port 0': sdp({ port: 0 }),
    'a kind that nobody handles': sdp({ kind: 'video', format: '31' }),
    'bytes that are no description': 'no description at all\r\n',
  };
  for (const [heading, body] of Object.entries(offers)) {
    plays(heading, async (play) => {
      const { bob, peer } = await play.called();
      await peer.invite({ body });
      await peer.ack();
      play.check(bob.service.stats().live['sessions'], 0);
    });
  }

  plays('as the caller meets it', async (play) => {
    const { peer } = await play.calling();
    await peer.answer('INVITE', 488);
  });
});

describe('F25, refused by a supplement', () => {
  const plays = golden('F25-refused-by-a-supplement');

  plays('at admission', async (play) => {
    const { bob, peer } = await play.called({}, play.gate(603));
    await peer.invite();
    play.check(bob.service.stats().live['sessions'], 0);
    await peer.ack();
  });

  plays('as a request, before anything is claimed', async (play) => {
    const { bob, peer } = await play.called(
      {},
      play.guard(({ method }) => (method === 'INVITE' ? 603 : undefined)),
    );
    await peer.invite();
    play.check(bob.audio.live, 0);
    await peer.ack();
  });

  plays('our own call, at admission: nothing leaves', async (play) => {
    const alice = await play.bed.party('alice');
    alice.service.registerSupplement(play.gate(403));
    play.bed.trace();
    play.watch(alice.service.create('sip:peer@192.0.2.99').established, 'established resolves', 'established');
    await play.go();
  });
});
