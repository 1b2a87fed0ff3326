/** RFC 6141 §3.4: a re-INVITE whose offer was answered in a reliable provisional response, and which is refused then. The two are brought to one view again. */
import { describe, expect, it } from 'vitest';
import type { RefreshOutcome, Session } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';
import { sdp, type Script } from '../ladders/script.ts';

const HOLD = [{ kind: 'audio', direction: 'sendonly' }] as const;

interface Scene {
  readonly play: Play;
  readonly peer: Script;
  readonly session: Session;
  readonly outcome: Promise<RefreshOutcome>;
  /** How many INVITEs inside the call have come. */
  readonly reinvites: () => number;
}

/** Our hold is agreed on in the 183 of its re-INVITE, and that is acknowledged. */
async function agreedEarly(signal?: AbortSignal): Promise<Scene> {
  const play = new Play();
  const { peer, session } = await play.callingAndAnswered();
  const outcome = session.sendReinvite({ media: HOLD, signal });
  await play.go();
  await peer.answer('INVITE', 183, { fields: { Require: '100rel', RSeq: '1' }, body: sdp({ direction: 'recvonly', version: 2 }) });
  await peer.answer('PRACK', 200);
  const sequences = (): number[] =>
    peer.raw.received.flatMap((one) => (one.kind === 'request' && one.method === 'INVITE' ? [one.cseq.sequence] : []));
  const first = sequences()[0]!;
  return { play, peer, session, outcome, reinvites: () => new Set(sequences().filter((sequence) => sequence > first)).size };
}

const said = (session: Session): unknown => (session.streams[0]!.stream as { agreed: { direction: string } }).agreed.direction;
const offered = (peer: Script): string => Buffer.from(peer.got('INVITE').body!.bytes).toString();

describe('agreed on in a reliable 183, and refused then, RFC 6141 §3.4', () => {
  it.each([
    { status: 488, fields: {}, kind: 'refused', because: 'for good: what is active is offered' },
    { status: 491, fields: {}, kind: 'agreed', because: 'for now: it is made again, although nothing is left to change' },
    {
      status: 500,
      fields: { 'Retry-After': '1' },
      kind: 'agreed',
      because: 'for now: it is made again, although nothing is left to change',
    },
  ])('with $status, $because', async ({ status, fields, kind }) => {
    const { play, peer, session, outcome, reinvites } = await agreedEarly();
    expect([said(session), reinvites()]).toEqual(['sendonly', 1]);
    await peer.answer('INVITE', status, { fields });
    await play.bed.clock.advance(5000);
    expect([reinvites(), offered(peer)]).toEqual([2, expect.stringMatching(/^o=- \d+ 2 [^]*a=sendonly/m)]);
    await peer.answer('INVITE', 200, { body: sdp({ port: 31_000, direction: 'recvonly', version: 3 }) });
    peer.got('ACK');
    expect([(await outcome).kind, session.state, said(session)]).toEqual([kind, 'established', 'sendonly']);
    expect(session.streams[0]!.remote.port).toBe(31_000);
    await play.bed.close();
    expect(play.bed.leftOver()).toEqual({});
  });

  it('and not made again, since its signal is aborted: what is active is offered', async () => {
    const abort = new AbortController();
    const { play, peer, session, outcome, reinvites } = await agreedEarly(abort.signal);
    const given = expect(outcome).rejects.toThrow('enough');
    await peer.answer('INVITE', 500, { fields: { 'Retry-After': '5' } });
    abort.abort(new Error('enough'));
    await play.go();
    await given;
    expect([reinvites(), offered(peer)]).toEqual([2, expect.stringContaining('a=sendonly')]);
    await peer.answer('INVITE', 200, { body: sdp({ direction: 'recvonly', version: 3 }) });
    expect([session.state, said(session)]).toEqual(['established', 'sendonly']);
    await play.bed.close();
  });
});
