/** A transport layer on a host of a simulated network, a user that writes down what it hears, and peers that are bare sockets. */
import type { Address, DatagramReceiver, DatagramSocket, Network, StreamConnection, StreamReceiver } from '@jackfield/base';
import { ManualClock, SimulatedNetwork, type NetworkConditions, type SimulatedHost } from '@jackfield/base/testing';
import { buildResponse } from '../../src/messages/build.ts';
import type { SipRequest, SipResponse } from '../../src/messages/message.ts';
import { writeMessage } from '../../src/messages/write.ts';
import { TransportLayer, type TransportLayerOptions } from '../../src/transport/layer.ts';
import type { Flow, Malformed, SipMessage, Transport, TransportUser } from '../../src/transport/transport.ts';

export const OURS = '10.0.0.1';
export const THEIRS = '10.0.0.2';

export class Recorder implements TransportUser {
  readonly heard: { readonly message: SipMessage; readonly flow: Flow }[] = [];
  readonly refused: { readonly verdict: Malformed; readonly flow: Flow }[] = [];
  readonly failed: { readonly flow: Flow; readonly error: Error | undefined }[] = [];
  answer: ((request: SipRequest, flow: Flow) => void) | undefined;

  message(message: SipMessage, flow: Flow): void {
    this.heard.push({ message, flow });
    if (message.kind === 'request') this.answer?.(message, flow);
  }
  malformed(verdict: Malformed, flow: Flow): void {
    this.refused.push({ verdict, flow });
    if (verdict.status !== undefined && verdict.request !== undefined) {
      flow.send(writeMessage(buildResponse(verdict.request, verdict.status)));
    }
  }
  flowFailed(flow: Flow, error: Error | undefined): void {
    this.failed.push({ flow, error });
  }
  get callIds(): string[] {
    return this.heard.map(({ message }) => message.callId);
  }
}

/** A UDP peer. */
export class Datagrams implements DatagramReceiver {
  readonly got: { readonly text: string; readonly from: Address }[] = [];
  socket: DatagramSocket | undefined;
  message(bytes: Uint8Array, host: string, port: number): void {
    this.got.push({ text: Buffer.from(bytes).toString('latin1'), from: { host, port } });
  }
  error(error: Error): void {
    throw error;
  }
  send(text: string, to: Address): void {
    this.socket!.send(Buffer.from(text, 'latin1'), to.port, to.host);
  }
}

/** A TCP peer's side of a connection. */
export class Stream implements StreamReceiver {
  text = '';
  ends = 0;
  connection: StreamConnection | undefined;
  data(bytes: Uint8Array): void {
    this.text += Buffer.from(bytes).toString('latin1');
  }
  closed(): void {
    this.ends += 1;
  }
  send(text: string): void {
    this.connection!.send(Buffer.from(text, 'latin1'));
  }
}

export interface World {
  readonly clock: ManualClock;
  readonly network: SimulatedNetwork;
  /** Our host. */
  readonly here: SimulatedHost;
  readonly theirs: SimulatedHost;
  readonly user: Recorder;
  /** Listens. `network` in place of our host, to bend what it does. */
  readonly layer: (transports: readonly Transport[], options?: Partial<TransportLayerOptions>) => Promise<TransportLayer>;
  readonly peer: (port?: number, host?: string) => Promise<Datagrams>;
  /** Accepts connections. */
  readonly listener: (port?: number) => Promise<Stream[]>;
  readonly connect: (to?: Address) => Promise<Stream>;
}

export function createWorld(conditions: Partial<NetworkConditions> = {}): World {
  const clock = new ManualClock(0);
  const network = new SimulatedNetwork({ clock, conditions });
  const here = network.host([OURS, '192.168.7.1', '2001:db8::1']);
  const theirs = network.host([THEIRS, '192.168.7.2', '2001:db8::2']);
  const user = new Recorder();
  return {
    clock,
    network,
    here,
    theirs,
    user,
    async layer(transports, options) {
      const layer = new TransportLayer({ transports, clock, network: here, user, ...options });
      await layer.listen();
      return layer;
    },
    async peer(port = 5060, host = THEIRS) {
      const peer = new Datagrams();
      peer.socket = await theirs.bindDatagram({ host, port }, peer);
      return peer;
    },
    async listener(port = 5060) {
      const streams: Stream[] = [];
      await theirs.listenStream({ host: THEIRS, port }, (connection) => {
        const stream = new Stream();
        stream.connection = connection;
        streams.push(stream);
        return stream;
      });
      return streams;
    },
    async connect(to = { host: OURS, port: 5060 }) {
      const stream = new Stream();
      const connecting = theirs.connectStream(to, stream);
      await clock.advance(2);
      stream.connection = await connecting;
      return stream;
    },
  };
}

/** The simulated host with some of its methods replaced. */
export function bent(network: Network, replaced: Partial<Network>): Network {
  return {
    bindDatagram: (options, receiver) => network.bindDatagram(options, receiver),
    listenStream: (options, accept) => network.listenStream(options, accept),
    connectStream: (to, receiver, signal) => network.connectStream(to, receiver, signal),
    sourceFor: (host) => network.sourceFor(host),
    lookup: (name) => network.lookup(name),
    ...replaced,
  };
}

export interface RequestText {
  readonly via?: string;
  readonly callId?: string;
  readonly body?: string;
  /** Lines in place of Content-Length; absent: the right one. */
  readonly length?: string;
  readonly method?: string;
}

export function requestText({
  via,
  callId = 'one',
  body = '',
  length = `Content-Length: ${body.length}\r\n`,
  method = 'OPTIONS',
}: RequestText = {}): string {
  return (
    `${method} sip:bob@${OURS} SIP/2.0\r\nVia: ${via ?? `SIP/2.0/UDP ${THEIRS}:5060;branch=z9hG4bK1`}\r\nMax-Forwards: 70\r\n` +
    `From: <sip:alice@example.com>;tag=a\r\nTo: <sip:bob@example.com>\r\nCall-ID: ${callId}\r\nCSeq: 1 ${method}\r\n${length}\r\n${body}`
  );
}

export function responseText(via: string, callId = 'one'): string {
  return (
    `SIP/2.0 200 OK\r\nVia: ${via}\r\nFrom: <sip:bob@example.com>;tag=b\r\nTo: <sip:alice@example.com>;tag=a\r\n` +
    `Call-ID: ${callId}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`
  );
}

export const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
export const answerTo = (request: SipRequest, status = 200): SipResponse => buildResponse(request, status);
