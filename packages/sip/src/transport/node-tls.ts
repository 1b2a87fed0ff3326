/**
 * TLS over any stream, by Node's own (RFC 3261 §26.2.1, RFC 5922 §7): handshakes of both sides, and the check whether the peer is who was to
 * be reached. No session is resumed: who was let in by an earlier certificate or CA is asked again.
 */
import { constants } from 'node:crypto';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, createServer, type PeerCertificate as NodeCertificate, type SecureContext, type Server, type TLSSocket } from 'node:tls';
import { SipError } from '@jackfield/base';
import { withoutBrackets } from './addresses.ts';
import { certificateNames, comparableName } from './certificate-names.ts';
import { checkCa, contextsByName, secureContext, secureContextOptions, type Certificate, type ContextOptions } from './certificates.ts';
import type { PeerCertificate } from './transport.ts';

export type ClientCertificate = 'none' | 'ask' | 'require';

export interface TlsSettings extends ContextOptions {
  /** There is a server; it wants a certificate. */
  readonly listens: boolean;
  /** Of the server; the first is the one for any name. */
  readonly certificates: readonly Certificate[];
  /** Shown to whom we call. */
  readonly outgoing: Certificate | undefined;
  readonly clientCertificate: ClientCertificate;
  readonly acceptAnyCertificate: boolean;
}

/** Told once: a socket whose handshake is over, or why there is none. */
export type Secured = (error: Error | undefined, socket?: TLSSocket, peer?: PeerCertificate) => void;

/** Node counts its own handshake time on a timer of its own; ours is the listener's. */
const NEVER_MS = 0x7fffffff;

/** What may be others while it runs; what is absent stays. */
type TlsChange = Partial<Pick<TlsSettings, 'certificates' | 'outgoing' | 'ca'>>;

export class NodeTls {
  #settings: TlsSettings;
  readonly #server: Server | undefined;
  /** By the server that `accept` made for one connection: that, and nothing else, is what Node's events name. */
  readonly #waiting = new WeakMap<Server, Secured>();
  #byName: ReadonlyMap<string, SecureContext>;
  #client: SecureContext;

  /** @throws SIP_OPTION for what cannot be read. */
  constructor(settings: TlsSettings) {
    checkCa(settings.ca);
    this.#settings = settings;
    this.#client = clientContext(settings);
    this.#byName = contextsByName(settings.certificates, settings);
    if (settings.listens) this.#server = this.#serve(settings.certificates[0]);
  }

  /** For handshakes of both sides from now on; those of the past stand. @throws SIP_OPTION, and all stays as it is. */
  change(change: TlsChange): void {
    const { certificates, outgoing, ca } = change;
    if (certificates?.length === 0) throw new SipError('SIP_OPTION', 'reload wants a certificate', { option: 'certificate' });
    if (certificates !== undefined && this.#server === undefined && (outgoing ?? this.#settings.outgoing) !== undefined)
      throw new SipError('SIP_OPTION', 'nobody is shown this certificate; reload wants the outgoingCertificate', { option: 'certificate' });
    checkCa(ca);
    const settings: TlsSettings = {
      ...this.#settings,
      ...(certificates !== undefined && { certificates }),
      ...(outgoing !== undefined && { outgoing }),
      ...(ca !== undefined && { ca }),
    };
    const client = clientContext(settings);
    const byName = contextsByName(settings.certificates, settings);
    this.#server?.setSecureContext({
      ...secureContextOptions(settings.certificates[0], settings),
      secureOptions: constants.SSL_OP_NO_TICKET,
    });
    this.#settings = settings;
    this.#byName = byName;
    this.#client = client;
  }

  /** Server side. The stream may be destroyed at any time. */
  accept(stream: Duplex, done: Secured): void {
    if (this.#server === undefined) return done(new Error('there is no certificate to show'));
    const own: Server = Object.create(this.#server) as Server; // sound: an object that is a server in all but its identity
    this.#waiting.set(own, done);
    own.emit('connection', stream);
  }

  /** Client side. @param name - whom the peer has to prove to be. */
  connect(stream: Duplex, name: string, done: Secured): void {
    const { acceptAnyCertificate, minVersion } = this.#settings;
    const wanted = comparableName(name);
    const socket = connect({
      socket: stream,
      secureContext: this.#client,
      minVersion,
      servername: isIP(wanted) === 0 ? wanted : '',
      rejectUnauthorized: !acceptAnyCertificate,
      checkServerIdentity: (_host, certificate) => mismatch(wanted, certificate),
    });
    let told = false;
    const tell: Secured = (error, ready, peer) => {
      if (told) return;
      told = true;
      done(error, ready, peer);
    };
    socket.once('secureConnect', () => tell(undefined, socket, proved(socket)));
    socket.on('error', (error) => tell(error));
    socket.once('close', () => tell(new Error('the connection ended in the TLS handshake')));
  }

  #serve(certificate: Certificate | undefined): Server {
    const { clientCertificate } = this.#settings;
    const waiting = this.#waiting;
    const server = createServer({
      ...secureContextOptions(certificate, this.#settings),
      secureOptions: constants.SSL_OP_NO_TICKET,
      requestCert: clientCertificate !== 'none',
      rejectUnauthorized: clientCertificate === 'require',
      handshakeTimeout: NEVER_MS,
      SNICallback: (name, done) => done(null, this.#byName.get(comparableName(name))),
    });
    server.on('secureConnection', function (this: Server, socket) {
      waiting.get(this)?.(undefined, socket, proved(socket));
      waiting.delete(this);
    });
    server.on('tlsClientError', function (this: Server, error) {
      waiting.get(this)?.(error);
      waiting.delete(this);
    });
    return server;
  }
}

const clientContext = ({ outgoing, certificates, ...shared }: TlsSettings): SecureContext =>
  outgoing === undefined ? secureContext('certificate', certificates[0], shared) : secureContext('outgoingCertificate', outgoing, shared);

/** Who the peer is, when its certificate leads to somebody we trust, and is of whom it has to be. */
function proved(socket: TLSSocket): PeerCertificate | undefined {
  if (!socket.authorized) return undefined;
  const certificate = socket.getPeerCertificate();
  if (certificate.raw === undefined) return undefined; // the peer showed none
  const { fingerprint256, valid_to: validTo, raw } = certificate;
  return { names: namesOf(certificate), fingerprint256, validTo, raw };
}

function mismatch(wanted: string, certificate: NodeCertificate): Error | undefined {
  const names = namesOf(certificate);
  if (names.includes(wanted)) return undefined;
  return new Error(`the certificate is of ${names.length === 0 ? 'nobody' : names.join(', ')}, not of ${withoutBrackets(wanted)}`);
}

function namesOf({ subjectaltname, subject }: NodeCertificate): readonly string[] {
  const commonName: unknown = subject?.CN;
  return certificateNames(subjectaltname, typeof commonName === 'string' ? commonName : undefined);
}
