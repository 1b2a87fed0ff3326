/** What a scripted peer says of 100rel, and the PRACKs and reliable responses that it sends (RFC 3262). */
import { expect } from 'vitest';
import type { PartyOptions, Party } from '../../src/testing.ts';
import type { Session } from '../../src/index.ts';
import type { Play } from './play.ts';
import { Script, sdp, type RequestInit } from './script.ts';

export const SUPPORTED = { Supported: '100rel' };
export const REQUIRED = { Require: '100rel' };

/** RSeq of the last reliable response to the INVITE. */
export function lastSequence(peer: Script): number {
  const response = peer.response((one) => one.cseq.method === 'INVITE' && one.headers.get('RSeq') !== undefined);
  expect(response.headers.get('Require')).toBe('100rel');
  return Number(response.headers.get('RSeq'));
}

/** Acknowledges the last reliable response, or what `rack` says. */
export async function prack(peer: Script, init: RequestInit = {}, rack = `${lastSequence(peer)} 1 INVITE`): Promise<void> {
  await peer.request('PRACK', { ...init, fields: { RAck: rack } });
}

/** A reliable provisional response to the INVITE that came; of one early dialog of several. */
export async function reliably(peer: Script, status: number, sequence: number, body?: string, toTag = 'peer'): Promise<void> {
  await peer.answer('INVITE', status, {
    toTag,
    body,
    fields: { Require: '100rel', RSeq: String(sequence), Allow: 'INVITE, UPDATE, PRACK' },
  });
}

/** Answers the PRACK that came last, which names what it should. */
export async function pracked(peer: Script, sequence: number, status = 200): Promise<void> {
  const { headers } = peer.got('PRACK');
  expect(headers.get('RAck')).toBe(`${sequence} ${peer.got('INVITE').cseq.sequence} INVITE`);
  await peer.answer('PRACK', status);
}

/** A party that was called, the call early by a reliable 183 with the answer that is acknowledged. */
export async function earlyCalled(play: Play, options: PartyOptions = {}): Promise<{ bob: Party; peer: Script; session: Session }> {
  const { bob, peer, calls } = await play.called(options);
  await peer.invite({ body: sdp(), fields: { ...SUPPORTED, Allow: 'INVITE, UPDATE, PRACK' } });
  const session = calls[0]!;
  void session.progress(183, { reliable: true });
  await play.go();
  await prack(peer);
  play.cut();
  return { bob, peer, session };
}

/** A party that calls, with options. */
export async function callingWith(
  play: Play,
  options: PartyOptions,
  invite: Parameters<Party['service']['create']>[1] = {},
): Promise<{ alice: Party; peer: Script; session: Session }> {
  const alice = await play.bed.party('alice', options);
  const raw = await play.bed.peer('peer');
  const peer = Script.called(play, raw, alice);
  const session = alice.service.create(`sip:peer@${raw.sentBy}`, invite);
  await play.go();
  return { alice, peer, session };
}

/** A party that calls, the call early by a reliable 183 with the answer that is acknowledged. */
export async function earlyCalling(play: Play): Promise<{ alice: Party; peer: Script; session: Session }> {
  const called = await play.calling();
  await reliably(called.peer, 183, 1, sdp());
  await pracked(called.peer, 1);
  play.cut();
  return called;
}
