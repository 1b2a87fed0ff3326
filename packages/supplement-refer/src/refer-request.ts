/** What a REFER asks for, read once (RFC 3515 §2.1, RFC 3892, RFC 4488). */
import {
  readReferredBy,
  readReferSub,
  readReferTo,
  readTokens,
  readUriHeaders,
  SipUri,
  type IncomingRequest,
  type NameAddr,
  type ReadonlyHeaders,
  type Replaces,
  type Uri,
} from '@jackfield/sip';

export interface ReferRequest {
  readonly id: number;
  readonly target: Uri;
  readonly displayName: string | undefined;
  readonly method: string;
  readonly replaces: Replaces | undefined;
  readonly headers: ReadonlyHeaders;
  readonly by: NameAddr | undefined;
  readonly wantsNews: boolean;
}

/** Undefined without exactly one Refer-To that can be read, or with a Replaces in it that cannot: 400. */
export function readRefer(request: IncomingRequest): ReferRequest | undefined {
  const { headers } = request;
  const to = readReferTo(headers);
  const inside = to === undefined ? undefined : readUriHeaders(to.address.uri);
  if (to === undefined || inside === undefined) return undefined;
  if (inside.getAll('Replaces').length > 0 && to.replaces === undefined) return undefined;
  const by = readReferredBy(headers)?.address;
  return {
    id: Number.parseInt(headers.get('CSeq') ?? '', 10),
    target: plain(to.address.uri),
    displayName: to.address.displayName,
    method: to.method,
    replaces: to.replaces,
    headers: inside,
    by: by === undefined ? undefined : { uri: by.uri, displayName: by.displayName },
    wantsNews: readReferSub(headers) && !readTokens(headers, 'Require').some((tag) => tag.toLowerCase() === 'norefersub'),
  };
}

function plain(uri: Uri): Uri {
  return uri instanceof SipUri && (uri.headers !== undefined || uri.parameters.has('method'))
    ? uri.with({ headers: undefined, parameters: { method: undefined } })
    : uri;
}
