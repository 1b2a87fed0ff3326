/** SDP handlers whose streams share a transport where they may: a number that the first of a group takes, and that is given back with the group. */
import { SipError } from '@jackfield/base';
import { answerDirection, direction, rtpSection, defineCodec } from '@jackfield/sdp';
import { defineCookie, type BundleGroup, type SdpHandler } from '../../src/index.ts';

interface Transport {
  readonly port: number;
}

export interface BundlingStream {
  readonly kind: string;
  readonly transport: Transport;
  /** As agreed last: the members of its group, or none. */
  group: readonly string[] | undefined;
}

export class BundlingStreams {
  /** Ports in use, shared and own. */
  readonly ports = new Set<number>();
  /** What handlers were shown: `claim 0: 0 1 of 0`, the members and the tagged one. */
  readonly seen: string[] = [];
  readonly #shared = defineCookie<Transport>('test.transport', ({ port }) => void this.ports.delete(port));
  readonly #own = new WeakSet<Transport>();
  #next = 4000;

  handler(
    kind: string,
    init: { readonly bundles?: boolean; readonly fails?: () => boolean; readonly breaks?: () => boolean } = {},
  ): SdpHandler<BundlingStream> {
    const codec = defineCodec({ payloadType: kind === 'audio' ? 0 : 96, name: kind === 'audio' ? 'PCMU' : 'VP8', clockRate: 8000 });
    return {
      name: `bundling ${kind}`,
      bundles: init.bundles ?? true,
      handleIncomingStream: (_session, { index, bundle }) => {
        this.#see('claim', index, bundle);
        return 'claimed';
      },
      createOutgoingStream: (_session, { index, current, bundle, direction: wanted }) => {
        this.#see('create', index, bundle);
        if (init.fails?.() === true) return 'declined';
        const stream = current ?? { kind, transport: this.#transport(bundle), group: undefined };
        const { port } = stream.transport;
        const section = rtpSection({ kind, protocol: 'RTP/AVP', port, codecs: [codec], direction: wanted, rtcpMux: true });
        return { stream, section: { ...section, lines: [...section.lines, `a=ice-ufrag:u${port}`] } };
      },
      applyNegotiatedStream: (_session, stream, { local, remote, bundle }) => {
        if (init.breaks?.() === true) throw new SipError('SESSION_NEGOTIATION', 'a broken handler', { rule: 'test' });
        stream.group = bundle?.mids;
        this.seen.push(`apply ${kind} ${answerDirection(direction(remote), direction(local))}`);
      },
      rollbackStream: () => undefined,
      stopStream: (_session, { transport }) => {
        if (this.#own.has(transport)) this.ports.delete(transport.port);
      },
    };
  }

  #transport(bundle: BundleGroup | undefined): Transport {
    const shared = bundle?.cookies.get(this.#shared);
    if (shared !== undefined) return shared;
    const transport = { port: this.#next };
    this.#next += 2;
    this.ports.add(transport.port);
    if (bundle === undefined) this.#own.add(transport);
    else bundle.cookies.add(this.#shared, transport);
    return transport;
  }

  #see(what: string, index: number, bundle: BundleGroup | undefined): void {
    this.seen.push(`${what} ${index}: ${bundle === undefined ? '-' : `${bundle.mids.join(' ')} of ${bundle.tagged}`}`);
  }
}
