import { describe } from 'vitest';
import { golden } from './golden.ts';
import type { Play } from './play.ts';
import { sdp } from './script.ts';

describe('requests inside a call', () => {
  const plays = golden('S01-requests-inside');
  const send = (play: Play, name: string, session: Parameters<Play['reinvite']>[1], method: string): Promise<void> => {
    play.note(`${name} sends ${method}`);
    play.watch(session.sendRequest(method), ({ status }) => `${method} gets ${status}`, method);
    return play.go();
  };

  plays('INFO and OPTIONS, both ways', async (play) => {
    const { caller, callee } = await play.established('both');
    await send(play, 'alice', caller, 'INFO');
    await send(play, 'bob', callee, 'OPTIONS');
  });

  plays('that nobody answers', async (play) => {
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    await peer.request('INFO', { body: 'x', type: 'application/unheard-of' });
    await peer.request('INFO', { fields: { 'Info-Package': 'x' } });
    for (const method of ['INFO', 'REFER', 'PRACK', 'MESSAGE', 'DANCE'])
      await peer.request(method, method === 'PRACK' ? { fields: { RAck: '1 1 INVITE' } } : {});
    play.check(
      peer
        .response(({ status }) => status === 405)
        .headers.get('Allow')
        ?.includes('INFO'),
      true,
    );
    play.check(session.state, 'established');
  });

  plays('answered by a supplement', async (play) => {
    const { peer } = await play.calledAndAnswered(
      'acknowledged',
      {},
      play.guard(({ method }) => (method === 'REFER' ? 202 : undefined)),
    );
    await peer.request('REFER');
  });

  plays('a request repeated: no hook twice', async (play) => {
    const { peer } = await play.calledAndAnswered('acknowledged');
    await peer.request('INFO');
    await peer.repeat('INFO');
  });

  plays('a response repeated: heard once', async (play) => {
    const { peer, session } = await play.callingAndAnswered();
    await send(play, 'alice', session, 'INFO');
    await peer.answer('INFO', 200);
    await peer.answer('INFO', 200);
  });

  plays('481: the peer has no such call any more', async (play) => {
    const { peer, session } = await play.callingAndAnswered();
    await send(play, 'alice', session, 'INFO');
    await peer.answer('INFO', 481);
    await peer.answer('BYE', 481);
  });

  plays('an extension that nobody speaks: 420, the call goes on', async (play) => {
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    await peer.request('INFO', { fields: { Require: 'unheard-of' } });
    play.check(peer.response(({ status }) => status === 420).headers.get('Unsupported'), 'unheard-of');
    play.check(session.state, 'established');
  });

  plays('a mailbox that is full: 503 with Retry-After, and BYE passes all the same', async (play) => {
    const slow = play.slow(({ method }) => method === 'INFO');
    const { peer } = await play.calledAndAnswered('acknowledged', { mailboxLimit: 2 }, slow);
    for (let count = 0; count < 4; count += 1) await peer.request('INFO');
    play.check(peer.response(({ status }) => status === 503).headers.get('Retry-After') !== undefined, true);
    await peer.request('BYE');
    await slow.answer(403, true);
  });

  plays('a mailbox that is full: CANCEL passes', async (play) => {
    const slow = play.slow(({ method, initial }) => method === 'INVITE' && !initial);
    const { peer } = await play.calledAndAnswered('acknowledged', { mailboxLimit: 2 }, slow);
    peer.send('INVITE', { body: sdp() });
    await play.go();
    for (let count = 0; count < 2; count += 1) await peer.request('INFO');
    await peer.cancel();
    await peer.ack();
    await slow.answer(403, true);
  });

  plays('a mailbox that is full: ACK is not lost', async (play) => {
    let asked = 0;
    const slow = play.slow(({ method }) => method === 'INFO' && (asked += 1) === 1);
    const { peer } = await play.calledAndAnswered('answered', { mailboxLimit: 2 }, slow);
    for (let count = 0; count < 3; count += 1) await peer.request('INFO');
    await peer.ack();
    await slow.answer(undefined);
  });
});
