/** The two messages (RFC 3261 §7.1, §7.2). The start line does not change, headers may. Parsing: parse.ts; building from one another: build.ts. */
import { SipError } from '@jackfield/base';
import { assertHeaderText } from './field.ts';
import { HeaderList } from './headers.ts';
import type { Body, IncomingRequest, Method, Source, Uri } from './model.ts';
import { uriText } from './name-addr.ts';
import { OtherUri, TelUri } from './other-uris.ts';
import { SHOWN } from './shown.ts';
import { SipMessage } from './sip-message.ts';
import { reasonPhrase } from './status.ts';
import { isToken } from './tokens.ts';
import { SipUri, parseUri } from './uri-syntax.ts';
import { scanVia } from './via.ts';

/** A request that was parsed, or is to be sent (RFC 3261 §7.1). */
export class SipRequest extends SipMessage implements IncomingRequest {
  readonly kind = 'request';
  readonly method: Method;
  readonly uri: Uri;
  /** Set by the transport. */
  source: Source | undefined = undefined;
  private controller: AbortController | undefined = undefined;
  private over: { readonly reason: unknown } | undefined = undefined;

  /**
   * @param headers - the message's from now on; `body` writes Content-Type into it.
   * @throws SipError `SIP_MESSAGE_SYNTAX` for a method that is no token or a body type that is none, `SIP_URI_SYNTAX` for an object that writes no URI.
   */
  constructor(method: Method, uri: Uri, headers: HeaderList = new HeaderList(), body?: Body) {
    super(headers, body);
    if (!isToken(method)) throw new SipError('SIP_MESSAGE_SYNTAX', `${JSON.stringify(method)} is no method`, { part: 'method' });
    this.method = method;
    // another's object may write something else tomorrow: what was checked is what is kept
    this.uri = uri instanceof SipUri || uri instanceof TelUri || uri instanceof OtherUri ? uri : parseUri(uriText(uri))!;
  }

  [SHOWN](): string {
    return `SipRequest { ${this.method} ${this.uri.toString()}, ${this.headers.size} headers, ${this.content.length} bytes }`;
  }

  /** True when To has no tag: not inside a dialog. */
  get initial(): boolean {
    return this.to.tag === undefined;
  }

  /** Aborts when {@link abort} is called; made on first read. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.over !== undefined) this.controller.abort(this.over.reason);
    }
    return this.controller.signal;
  }

  /** The request is answered, cancelled, or of no concern any more. The first call counts. */
  abort(reason?: unknown): void {
    if (this.over !== undefined) return;
    this.over = { reason };
    this.controller?.abort(reason);
  }

  /**
   * Writes where the request really came from into its topmost Via (RFC 3261 §18.2.1, RFC 3581 §4), typed and text.
   *
   * @param host - numeric, without brackets.
   * @throws SipError `SIP_HEADER_SYNTAX` for a host with CR, LF or NUL.
   */
  stampReceived(host: string, port: number): void {
    assertHeaderText('Via', host);
    this.replaceVia(this.via.stamped(host, port));
  }

  /** Has responses leave for `port`, as if the topmost Via had asked by `rport` (RFC 3581 §4): for a sender behind a NAT that did not ask. */
  stampPort(port: number): void {
    const text = `${this.via.bytes};rport=${port}`;
    const via = scanVia(text, 0, text.length, true);
    if (via !== undefined) this.replaceVia(via);
  }
}

/** A response that was parsed, or is to be sent (RFC 3261 §7.2). */
export class SipResponse extends SipMessage {
  readonly kind = 'response';
  readonly status: number;
  readonly reason: string;

  /**
   * @param status - 100 to 699.
   * @param reason - the usual phrase unless given.
   * @throws SipError `SIP_MESSAGE_SYNTAX` for another status or a body type that is none, `SIP_HEADER_SYNTAX` for a reason with CR, LF or NUL.
   */
  constructor(status: number, reason: string | undefined, headers: HeaderList = new HeaderList(), body?: Body) {
    super(headers, body);
    if (!Number.isInteger(status) || status < 100 || status > 699) {
      throw new SipError('SIP_MESSAGE_SYNTAX', `a response has a status from 100 to 699, not ${status}`, { part: 'status' });
    }
    if (reason !== undefined) assertHeaderText('reason phrase', reason);
    this.status = status;
    this.reason = reason ?? reasonPhrase(status);
  }

  [SHOWN](): string {
    return `SipResponse { ${this.status} ${this.reason}, ${this.headers.size} headers, ${this.content.length} bytes }`;
  }
}
