/** An SDP handler for audio that opens nothing: PCMU on numbered ports. Its streams say what was agreed, and every call can be written down. */
import { answerDirection, direction, withDirection, type Direction, type MediaSection } from '@jackfield/sdp';
import type { SdpHandler } from '../contract/sdp-handler.ts';

/** A stream of {@link testAudio}. */
export interface TestStream {
  readonly port: number;
  /** As applied last, seen from our side; undefined before. */
  agreed: { readonly direction: Direction; readonly remotePort: number } | undefined;
  /** What a rollback goes back to. */
  before: TestStream['agreed'];
  /** How often: 1 at the end, and never more. */
  stopped: number;
}

/** A handler to register, and a count of what it holds. */
export interface TestAudio extends SdpHandler<TestStream> {
  /** Streams created and not stopped. */
  readonly live: number;
}

/** For tests of sessions that want media settled and none carried. `write` gets each call, as `applyNegotiatedStream sendrecv`. */
export function testAudio(write: (step: string) => void = () => {}, firstPort = 40_000): TestAudio {
  let port = firstPort - 2;
  const streams = new Set<TestStream>();
  return {
    name: 'test-audio',
    get live() {
      return streams.size;
    },
    handleIncomingStream(_session, { remote, index }) {
      write(`handleIncomingStream ${index}`);
      return remote.formats.includes('0') ? 'claimed' : undefined;
    },
    createOutgoingStream(_session, slot) {
      write(`createOutgoingStream ${slot.index} ${slot.direction}`);
      let stream = slot.current;
      if (stream === undefined) {
        port += 2;
        stream = { port, agreed: undefined, before: undefined, stopped: 0 };
        streams.add(stream);
      }
      stream.before = stream.agreed; // what a rollback of this exchange goes back to, whether it was applied by then or not
      const lines = ['a=rtpmap:0 PCMU/8000'];
      const section: MediaSection = { kind: 'audio', port: stream.port, protocol: slot.protocol ?? 'RTP/AVP', formats: ['0'], lines };
      return { stream, section: withDirection(section, slot.direction) };
    },
    applyNegotiatedStream(_session, stream, { local, remote }) {
      const seen = answerDirection(direction(remote), direction(local));
      write(`applyNegotiatedStream ${seen}`);
      stream.agreed = { direction: seen, remotePort: remote.port };
    },
    rollbackStream(_session, stream) {
      write('rollbackStream');
      stream.agreed = stream.before;
    },
    stopStream(_session, stream) {
      write('stopStream');
      stream.stopped += 1;
      streams.delete(stream);
    },
  };
}
