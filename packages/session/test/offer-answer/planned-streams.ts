/** An SDP handler that says what a plan has for the line: codecs and ports of a worked example, so that what the core makes of it can be compared line by line. */
import { direction, isDeclined, matchCodecs, readCodecs, rtpSection, type Description, type MediaSection } from '@jackfield/sdp';
import type { SdpHandler } from '../../src/index.ts';

export interface PlannedStream {
  readonly kind: string;
  readonly index: number;
  /** Of both sides, seen from ours: `49170 sendrecv -> 49174 sendrecv`. */
  agreed: string;
  /** What a rollback of the exchange under way goes back to. */
  before: string;
}

export class PlannedStreams {
  /** Our next description: a line takes what stands at its place, and is not taken when that is declined or missing. */
  plan: Description = { lines: [], sections: [] };
  /** Of every section, besides. */
  attributes: readonly string[] = [];
  /** Created and not stopped. */
  readonly live = new Set<PlannedStream>();
  readonly stopped: PlannedStream[] = [];
  /** What was asked: `claims 0`. */
  readonly calls: string[] = [];

  handler(kind: string): SdpHandler<PlannedStream> {
    return {
      name: `planned ${kind}`,
      handleIncomingStream: (_session, { index, remote }) => {
        this.calls.push(`claims ${index}${isDeclined(remote) ? ', declined' : ''}`);
        const section = this.#at(index);
        return section === undefined || matchCodecs(readCodecs(remote), readCodecs(section)).length === 0 ? undefined : 'claimed';
      },
      createOutgoingStream: (_session, { index, remote, current, direction: wanted, protocol = 'RTP/AVP' }) => {
        const section = this.#at(index);
        if (section === undefined) return 'declined';
        const ours = readCodecs(section);
        const codecs = remote === undefined ? ours : matchCodecs(readCodecs(remote), ours).map(({ local }) => local);
        const stream = current ?? { kind, index, agreed: '', before: '' };
        stream.before = stream.agreed;
        this.live.add(stream);
        const plain = rtpSection({ kind, protocol, port: section.port, codecs, direction: wanted });
        return { stream, section: { ...plain, lines: [...plain.lines, ...this.attributes] } };
      },
      applyNegotiatedStream: (_session, stream, { local, remote }) => {
        stream.agreed = `${local.port} ${direction(local)} -> ${remote.port} ${direction(remote)}`;
      },
      rollbackStream: (_session, stream) => void (stream.agreed = stream.before),
      stopStream: (_session, stream) => {
        this.live.delete(stream);
        this.stopped.push(stream);
      },
    };
  }

  #at(index: number): MediaSection | undefined {
    const section = this.plan.sections[index];
    return section === undefined || isDeclined(section) ? undefined : section;
  }
}
