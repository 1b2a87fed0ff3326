/** A service that closes while it is not decided yet whether a call may be. */
import { expect, it } from 'vitest';
import type { Supplement } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';

const statuses = (received: readonly { readonly kind: string; readonly status?: number }[]): unknown[] =>
  received.flatMap((one) => (one.kind === 'response' && one.status !== 100 ? [one.status] : []));

it('ends the question: the caller gets 503, the supplement is told, and the driver hears nothing', async () => {
  const play = new Play();
  const slow = play.slowGate();
  const { bob, peer, calls } = await play.called({}, slow);
  await peer.invite();
  expect(bob.service.stats().live).toEqual({ sessions: 0, admissions: 1, streams: 0 });
  const closed = bob.service.close();
  await closed;
  await play.go();
  expect([statuses(peer.raw.received), play.steps.includes('(slow sees its INVITE abort)')]).toEqual([[503], true]);
  await slow.answer(undefined, true);
  expect([statuses(peer.raw.received), calls, [...bob.service.sessions]]).toEqual([[503], [], []]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('waits for it where it drains: the call that passes is one of those it waits for', async () => {
  const play = new Play();
  const slow = play.slowGate();
  const { bob, peer, calls } = await play.called({}, slow);
  await peer.invite();
  play.watch(bob.service.close({ drain: true }), 'close resolves');
  await slow.answer(undefined);
  void calls[0]!.accept();
  await play.go();
  await peer.ack();
  expect([calls[0]!.state, play.steps.includes('(close resolves)')]).toEqual(['established', false]);
  await peer.request('BYE');
  expect(play.steps.at(-1)).toBe('(close resolves)');
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('waits for it where it drains, and a refusal is the last of it', async () => {
  const play = new Play();
  const slow = play.slowGate();
  const { bob, peer } = await play.called({}, slow);
  await peer.invite();
  play.watch(bob.service.close({ drain: true }), 'close resolves');
  await play.go();
  expect(play.steps.includes('(close resolves)')).toBe(false);
  await slow.answer(403);
  expect([statuses(peer.raw.received), play.steps.includes('(close resolves)')]).toEqual([[403], true]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('waits no longer than it is told to', async () => {
  const play = new Play();
  const slow = play.slowGate();
  const { bob, peer, calls } = await play.called({}, slow);
  await peer.invite();
  const patience = new AbortController();
  play.watch(bob.service.close({ drain: true, signal: patience.signal }), 'close resolves');
  await play.go();
  patience.abort();
  await play.go();
  expect([statuses(peer.raw.received), play.steps.includes('(close resolves)'), calls]).toEqual([[503], true, []]);
  await play.bed.close();
});

it('is closed by the supplement that is asked: there is no call', async () => {
  const play = new Play();
  const closes: Supplement = { name: 'closes', admitSession: () => void bob.service.close() };
  const { bob, peer, calls } = await play.called({}, closes);
  await peer.invite();
  expect([statuses(peer.raw.received), calls, [...bob.service.sessions]]).toEqual([[503], [], []]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('is closed by who is asked for the endpoint: there is no call', async () => {
  const play = new Play();
  const { bob, peer, calls } = await play.called({ identifyEndpoint: () => void bob.service.close() });
  await peer.invite();
  expect([statuses(peer.raw.received), calls, [...bob.service.sessions]]).toEqual([[503], [], []]);
  await play.bed.close();
});
