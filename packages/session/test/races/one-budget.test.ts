/** However it comes about, with credentials, as a supplement wishes or built anew: a request leaves four times at most (docs/promises.md). */
import { expect, it } from 'vitest';
import { retry, type Supplement } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';

const endpoint = { name: 'peer', trusted: false, credentials: [{ username: 'alice', password: 'wonder' }] };
const stale = (nonce: string) => ({
  fields: { 'WWW-Authenticate': `Digest realm="here", nonce="${nonce}", stale=true, qop="auth", algorithm=MD5` },
});
/** Repeats what was refused with 491 at once, with a header. */
const insisting: Supplement = {
  name: 'insisting',
  incomingResponse: (_, { status }) => (status === 491 ? retry({ headers: { 'X-Again': 'yes' } }) : undefined),
};
const waitsItself: Supplement = { name: 'patient' };

it.each<{ method: 'INVITE' | 'UPDATE'; supplement: Supplement; answers: readonly number[]; because: string }>([
  { method: 'INVITE', supplement: waitsItself, answers: [401, 401, 401, 491], because: 'three with credentials leave none for the glare' },
  { method: 'UPDATE', supplement: waitsItself, answers: [401, 401, 401, 491], because: 'likewise' },
  { method: 'INVITE', supplement: waitsItself, answers: [491, 401, 491, 401], because: 'two built anew leave one with credentials' },
  { method: 'UPDATE', supplement: waitsItself, answers: [401, 491, 401, 491], because: 'likewise' },
  { method: 'INVITE', supplement: insisting, answers: [491, 491, 491, 491], because: 'three of a supplement leave none to be built anew' },
  { method: 'UPDATE', supplement: insisting, answers: [491, 401, 491, 491], because: 'two of it and one with credentials too' },
])('a change of ours, by $method, that is answered $answers: $because', async ({ method, supplement, answers }) => {
  const play = new Play();
  const { peer, session } = await play.calling({ endpoint }, supplement);
  await peer.accept();
  const outcome = session.sendReinvite({ method, media: [{ kind: 'audio', direction: 'sendonly' }] });
  const copies = () => peer.raw.received.filter((one) => one.kind === 'request' && one.method === method && one.to.tag !== undefined);
  const { clock } = play.bed;
  for (const [index, status] of answers.entries()) {
    for (const end = clock.now() + 40_000; clock.now() < end && copies().length <= index;) await clock.advance(100);
    expect(new Set(copies().map(({ cseq }) => cseq.sequence)).size).toBe(index + 1);
    await peer.answer(method, status, status === 401 ? stale(`n${index}`) : {});
  }
  await clock.advance(60_000);
  expect(copies()).toHaveLength(4);
  expect(await outcome).toMatchObject({ kind: 'refused', response: { status: answers.at(-1) } });
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});
