/** A party with the handlers of both kinds, and a peer that writes its offers by hand. */
import { nullPorts } from '@jackfield/rtp';
import { registerAudio } from '@jackfield/sdp-audio';
import { registerVideo } from '@jackfield/sdp-video';
import { parseDescription, type CodecPolicy, type Description } from '@jackfield/sdp';
import type { Session } from '@jackfield/session';
import type { PartyOptions, Testbed } from '@jackfield/session/testing';
import { requestText } from '@jackfield/sip/testing';

export const offer = (...lines: readonly string[]): string =>
  ['v=0', 'o=peer 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0', ...lines, ''].join('\r\n');

export function read(bytes: Uint8Array | undefined): Description {
  const verdict = parseDescription(bytes ?? new Uint8Array());
  if (!verdict.ok) throw new Error(verdict.rule);
  return verdict.description;
}

export async function answering(on: Testbed, policies: { audio?: CodecPolicy; video?: CodecPolicy } = {}, options: PartyOptions = {}) {
  const party = await on.party('we', { traced: false, ...options });
  const ports = nullPorts({ clock: on.clock, random: on.random.fork() });
  registerAudio(party.service, { ports, codecPolicy: policies.audio });
  registerVideo(party.service, { ports, codecPolicy: policies.video });
  const calls: Session[] = [];
  party.service.onIncoming((session) => {
    calls.push(session);
    return session.accept();
  });
  const peer = await on.peer('peer');
  const [, host = '', port = ''] = /@([^:;]+):(\d+)/.exec(party.uri()) ?? [];
  const to = { host, port: Number(port) };
  let cseq = 0;
  /** What an offer gets: the lines of the answer, or the status of a refusal. */
  const asked = async (...lines: readonly string[]): Promise<Description | number> => {
    cseq += 1;
    const tagged = peer.received.findLast((one) => one.kind === 'response' && one.status >= 200 && one.status < 300);
    const callee = tagged?.kind === 'response' ? tagged.to.toString() : `<${party.uri()}>`;
    const script = { uri: party.uri(), via: peer.sentBy, from: `<sip:peer@${peer.sentBy}>;tag=p`, to: callee, callId: 'call-1', cseq };
    peer.send(requestText('INVITE', { ...script, branch: `z9hG4bK-${cseq}`, contact: peer.contact(), body: offer(...lines) }), to);
    await on.clock.advance(40);
    const final = peer.received.findLast((one) => one.kind === 'response' && one.status >= 200);
    if (final?.kind !== 'response') throw new Error('no answer came');
    const taken = final.status < 300;
    peer.send(requestText('ACK', { ...script, to: final.to.toString(), branch: `z9hG4bK-${cseq}${taken ? 'a' : ''}` }), to);
    await on.clock.advance(40);
    return taken ? read(final.body?.bytes) : final.status;
  };
  return { on, party, peer, to, ports, calls, asked };
}
