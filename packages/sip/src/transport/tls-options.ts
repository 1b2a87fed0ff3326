/** The options of TLS, which `tls()` and `wss()` share. */
import { SipError } from '@jackfield/base';
import { listOf, type Certificate, type Certificates, type TlsVersion } from './certificates.ts';
import { NodeTls, type ClientCertificate } from './node-tls.ts';

/** Certificates and whom they are believed of: docs/transports.md says what each is for. */
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

/** What a TLS transport is given anew; what is absent stays. */
export type TlsReload = Pick<TlsOptions, 'certificate' | 'outgoingCertificate' | 'ca'>;

/** A TLS transport can show, and believe, others while it runs. */
export interface ReloadableTransport {
  /**
   * For handshakes from now on; connections go on as they are. @throws SIP_OPTION for what cannot be read, for nothing at all, and for a
   * `certificate` that nobody would be shown, since none listens and there is an `outgoingCertificate`: then all stays as it was.
   */
  reload(change: TlsReload): void;
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
    listens,
    certificates,
    outgoing: options.outgoingCertificate,
    ca: options.ca,
    clientCertificate,
    minVersion,
    acceptAnyCertificate: options.dangerouslyAcceptAnyCertificate === true,
  });
}

/** @throws SIP_OPTION as {@link ReloadableTransport.reload} says. */
export function reloadTls(tls: NodeTls, { certificate, outgoingCertificate, ca }: TlsReload): void {
  if (certificate === undefined && outgoingCertificate === undefined && ca === undefined)
    throw new SipError('SIP_OPTION', 'reload wants a certificate, an outgoingCertificate or a ca', { option: 'certificate' });
  tls.change({
    ...(certificate !== undefined && { certificates: listOf(certificate) }),
    ...(outgoingCertificate !== undefined && { outgoing: outgoingCertificate }),
    ...(ca !== undefined && { ca }),
  });
}
