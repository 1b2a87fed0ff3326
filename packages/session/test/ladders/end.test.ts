import { describe } from 'vitest';
import type { Session, Supplement } from '../../src/index.ts';
import { golden } from './golden.ts';
import type { Play } from './play.ts';
import { pracked, reliably } from './reliably.ts';
import { sdp } from './script.ts';

describe('end() in every state', () => {
  const plays = golden('S04-end-in-every-state');

  plays('outgoing, while admission is asked: nothing leaves', async (play) => {
    const slow = play.slowGate();
    const { session } = await play.calling({}, slow);
    play.end('alice', session);
    await play.go();
    await slow.answer(403, true);
  });

  plays('outgoing, while a stream is created: sessionEnd, nothing leaves', async (play) => {
    const alice = await play.bed.party('alice');
    play.never(alice, 'createOutgoingStream');
    const session = alice.service.create('sip:peer@192.0.2.99');
    await play.go();
    play.end('alice', session);
    await play.go();
  });

  plays('outgoing, while the answer is applied: ACK and BYE', async (play) => {
    const { alice, peer, session } = await play.calling();
    play.cut();
    play.note('the call is out');
    play.never(alice, 'applyNegotiatedStream');
    await peer.accept();
    play.end('alice', session);
    await play.go();
    await peer.answer('BYE', 200);
  });

  plays('outgoing, while a late offer waits for the application: declined, and BYE', async (play) => {
    const { peer, session } = await play.calling({ media: 'late', onResponse: () => undefined });
    play.cut();
    play.note('the call is out');
    await peer.accept();
    play.end('alice', session);
    await play.go();
    play.check(/m=audio 0 /.test(Buffer.from(peer.got('ACK').content).toString()), true);
    await peer.answer('BYE', 200);
  });

  plays('outgoing, while a supplement is asked about an UPDATE: 487 for that, and CANCEL', async (play) => {
    const slow = play.slow(({ method }) => method === 'UPDATE');
    const { peer, session } = await play.calling({}, slow);
    await reliably(peer, 183, 1, sdp());
    await pracked(peer, 1);
    play.cut();
    play.note('the callee has answered reliably');
    await peer.request('UPDATE', { body: sdp({ version: 2 }) });
    play.end('alice', session);
    await play.go();
    await slow.answer(undefined, true);
    await peer.answer('CANCEL', 200);
    await peer.answer('INVITE', 487);
  });

  plays('incoming, while a supplement is asked: 603 unless told otherwise', async (play) => {
    const slow = play.slow(({ method }) => method === 'INVITE');
    const { bob, peer } = await play.called({}, slow);
    await peer.invite();
    const [session] = [...bob.service.sessions];
    play.end('bob', session!);
    await play.go();
    await peer.ack();
    await slow.answer(403, true);
  });

  plays('incoming, ringing: the status that is given', async (play) => {
    const { peer, calls } = await play.called();
    await peer.invite();
    void calls[0]!.progress(180);
    await play.go();
    play.cut();
    play.end('bob', calls[0]!, { status: 486 });
    await play.go();
    await peer.ack();
  });

  plays('incoming, before the ACK: BYE waits for it', async (play) => {
    const { peer, session } = await play.calledAndAnswered('answered');
    play.end('bob', session);
    await play.go();
    await peer.ack();
    await peer.answer('BYE', 200);
  });

  plays('incoming, before an ACK that never comes: BYE leaves without it', async (play) => {
    const { peer, session } = await play.calledAndAnswered('answered');
    play.end('bob', session);
    await play.go();
    await play.bed.clock.advance(31_900);
    play.cut();
    play.note('bob has called end, and the 2xx was repeated for 64*T1');
    await play.go();
    await peer.answer('BYE', 200);
  });

  plays('incoming, while a supplement is asked about the ACK', async (play) => {
    const slow = play.slow(({ method }) => method === 'ACK');
    const { peer, session } = await play.calledAndAnswered('answered', {}, slow);
    await peer.ack();
    play.end('bob', session);
    await play.go();
    await peer.answer('BYE', 200);
    await slow.answer(undefined, true);
  });

  plays('twice, and after the end: the same end, one BYE', async (play) => {
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    play.end('bob', session);
    await play.go();
    play.end('bob', session);
    await play.go();
    await peer.answer('BYE', 200);
    play.end('bob', session);
    await play.go();
  });
});

describe('deferEnd', () => {
  const plays = golden('S05-deferred-end');
  const send = (play: Play, session: Session, method: string): void => {
    play.note(`bob sends ${method}`);
    play.watch(session.sendRequest(method), ({ status }) => `${method} gets ${status}`, method);
  };
  const ofSubscriptions = ({ method }: { readonly method: string }): number | undefined =>
    method === 'NOTIFY' || method === 'SUBSCRIBE' ? 200 : undefined;

  plays('released', async (play) => {
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    play.watchEnd(session);
    const [first, last] = [session.deferEnd(), session.deferEnd()];
    await peer.request('BYE');
    await play.wait(1000);
    play.note('the first of two deferrals is released');
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    play.note('the last is released');
    last[Symbol.dispose]();
    await play.go();
  });

  plays('never released: 64*T1', async (play) => {
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    play.watchEnd(session);
    session.deferEnd();
    await peer.request('BYE');
    await play.bed.clock.advance(33_000);
  });

  plays('requests meanwhile: 481', async (play) => {
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    play.watchEnd(session);
    const deferral = session.deferEnd();
    await peer.request('BYE');
    await peer.request('INFO');
    play.note('the last is released');
    deferral[Symbol.dispose]();
    await play.go();
  });

  plays('a subscription goes on in its dialog', async (play) => {
    const { peer, session } = await play.calledAndAnswered('acknowledged', {}, play.guard(ofSubscriptions));
    play.watchEnd(session);
    const deferral = session.deferEnd();
    await peer.request('BYE');
    await peer.request('NOTIFY');
    send(play, session, 'NOTIFY');
    await play.go();
    await peer.answer('NOTIFY', 200);
    send(play, session, 'INFO');
    await play.go();
    play.note('the last is released');
    deferral[Symbol.dispose]();
    await play.go();
  });

  plays('released in a hook: that round is over first, and its answer has left', async (play) => {
    const release = (): undefined => {
      play.note('the last is released');
      deferral[Symbol.dispose]();
    };
    const guard = play.guard((request) => (request.method === 'NOTIFY' ? (release() ?? 200) : undefined));
    const { peer, session } = await play.calledAndAnswered('acknowledged', {}, guard);
    play.watchEnd(session);
    const deferral = session.deferEnd();
    await peer.request('BYE');
    await peer.request('NOTIFY');
  });

  plays('released as a response is heard: who asked for it has it first', async (play) => {
    const last: Supplement = {
      name: 'last',
      incomingResponse: (_session, { request }) => {
        if (request.method !== 'NOTIFY') return;
        play.note('the last is released');
        deferral[Symbol.dispose]();
      },
    };
    const { peer, session } = await play.calledAndAnswered('acknowledged', {}, last);
    play.watchEnd(session);
    const deferral = session.deferEnd();
    await peer.request('BYE');
    send(play, session, 'NOTIFY');
    await play.go();
    await peer.answer('NOTIFY', 200);
  });

  plays('what a subscription says waits for the answer to our BYE', async (play) => {
    const { peer, session } = await play.calledAndAnswered('acknowledged', {}, play.guard(ofSubscriptions));
    play.watchEnd(session);
    const deferral = session.deferEnd();
    play.end('bob', session);
    send(play, session, 'NOTIFY');
    await play.go();
    await peer.request('SUBSCRIBE');
    await peer.answer('BYE', 200);
    await peer.answer('NOTIFY', 200);
    play.note('the last is released');
    deferral[Symbol.dispose]();
    await play.go();
  });

  plays('released before our BYE is answered: nothing more is said', async (play) => {
    const { peer, session } = await play.calledAndAnswered('acknowledged', {}, play.guard(ofSubscriptions));
    play.watchEnd(session);
    const deferral = session.deferEnd();
    play.end('bob', session);
    send(play, session, 'NOTIFY');
    await play.go();
    play.note('the last is released');
    deferral[Symbol.dispose]();
    await peer.request('SUBSCRIBE');
    await peer.answer('BYE', 200);
  });

  plays('without a deferral: the order of the end', async (play) => {
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    play.watchEnd(session);
    await peer.request('BYE');
    session.deferEnd()[Symbol.dispose]();
  });
});
