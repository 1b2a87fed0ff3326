/** The options of TLS, which `tls()` and `wss()` share. */
import { SipError } from '@jackfield/base';
import { listOf, type Certificate, type Certificates, type TlsVersion } from './certificates.ts';
import { NodeTls, type ClientCertificate } from './node-tls.ts';

export interface TlsOptions {
  /**
   * What peers are shown. Of several, callers get the one that has the name they ask for, else the first. Those whom we call are shown the first,
   * if they ask. Needed where there is a `port`.
   */
  readonly certificate?: Certificates | undefined;
  /** Shown to whom we call, in place of the first `certificate`. */
  readonly outgoingCertificate?: Certificate | undefined;
  /** PEM: whose certificates are believed, of servers and clients alike. Node's own list unless given. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[] | undefined;
  /**
   * Of peers who connect: `none` (the default) asks for no certificate; `ask` takes those without, and `peerNames` of the flow says who proved
   * what; `require` ends the handshake of any other.
   */
  readonly clientCertificate?: ClientCertificate | undefined;
  /** `TLSv1.2`. */
  readonly minVersion?: TlsVersion | undefined;
  /**
   * Connects to servers whoever they are: no chain is checked, and no name. Whoever is on the way can then read and change everything. For
   * laboratories; what it lets through has no `peerNames`. False.
   */
  readonly dangerouslyAcceptAnyCertificate?: boolean | undefined;
}

/** A TLS transport can show others while it runs. */
export interface ReloadableTransport {
  /**
   * The certificates for handshakes from now on; connections go on as they are. @throws SIP_OPTION for what cannot be read: then all stays
   * as it was.
   */
  reload(certificates: Certificates): void;
}

const CLIENT_CERTIFICATES: ReadonlySet<string> = new Set(['none', 'ask', 'require']);
const VERSIONS: ReadonlySet<string> = new Set(['TLSv1.2', 'TLSv1.3']);

/** @throws SIP_OPTION. */
export function readTls(options: TlsOptions, listens: boolean): NodeTls {
  const { certificate, clientCertificate = 'none', minVersion = 'TLSv1.2' } = options;
  const certificates = certificate === undefined ? [] : listOf(certificate);
  if (listens && certificates.length === 0)
    throw new SipError('SIP_OPTION', 'TLS that listens wants a certificate', { option: 'certificate' });
  if (!CLIENT_CERTIFICATES.has(clientCertificate))
    throw new SipError('SIP_OPTION', `clientCertificate is none, ask or require, not ${clientCertificate}`, {
      option: 'clientCertificate',
    });
  if (!VERSIONS.has(minVersion))
    throw new SipError('SIP_OPTION', `minVersion is TLSv1.2 or TLSv1.3, not ${minVersion}`, { option: 'minVersion' });
  return new NodeTls({
    certificates,
    outgoing: options.outgoingCertificate,
    ca: options.ca,
    clientCertificate,
    minVersion,
    acceptAnyCertificate: options.dangerouslyAcceptAnyCertificate === true,
  });
}
