/** 100rel by endpoint, where the service says something else (RFC 3262 §3, §4). */
import { expect, it } from 'vitest';
import { defineEndpoint, type Reliability } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';
import { REQUIRED } from '../ladders/reliably.ts';
import { sdp } from '../ladders/script.ts';

it.each<[Reliability, Reliability | undefined, number | undefined]>([
  ['off', 'supported', undefined],
  ['off', 'preferred', undefined],
  ['off', undefined, 420],
  ['supported', 'off', 420],
  ['supported', undefined, undefined],
])('a service with %s and an endpoint with %s: a caller that insists gets %s', async (reliable, own, refusal) => {
  const play = new Play();
  const endpoint = defineEndpoint({ name: 'peer', trusted: false, reliable: own, match: { address: '192.0.2.2' } });
  const { peer, calls } = await play.called({ reliable, endpoints: [endpoint] });
  await peer.invite({ body: sdp(), fields: REQUIRED });
  if (refusal === undefined) {
    void calls[0]!.progress(180);
    await play.go();
    const response = peer.response(({ status }) => status === 180);
    expect([response.headers.get('Require'), response.headers.get('RSeq')]).toEqual(['100rel', expect.any(String)]);
  } else {
    const response = peer.response(({ status }) => status >= 200);
    expect([response.status, response.headers.get('Unsupported')]).toEqual([refusal, '100rel']);
  }
  await play.bed.close();
});

it('a stranger that insists is refused where only an endpoint may have it, and a later INVITE that insists too', async () => {
  const play = new Play();
  const endpoint = defineEndpoint({ name: 'other', trusted: false, reliable: 'supported', match: { address: '192.0.2.77' } });
  const { peer, calls } = await play.called({ reliable: 'off', endpoints: [endpoint] });
  await peer.invite({ body: sdp(), fields: REQUIRED });
  expect(peer.response(({ status }) => status >= 200).status).toBe(420);
  await peer.ack();
  peer.another();
  await peer.invite();
  void calls[0]!.accept();
  await play.go();
  expect(peer.response(({ status }) => status === 200).headers.get('Supported') ?? '').not.toContain('100rel');
  await peer.ack();
  await peer.request('INVITE', { body: sdp({ version: 2 }), fields: REQUIRED });
  expect(peer.response(({ cseq }) => cseq.sequence === 2).status).toBe(420);
  await play.bed.close();
});
