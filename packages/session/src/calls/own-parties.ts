/**
 * From, To and Call-ID of our first INVITE (RFC 3261 §8.1.1): who is named is up to the application and plug-ins; Call-ID and tags are the dialog's, whatever they
 * wrote.
 */
import { SipError } from '@jackfield/base';
import { parseNameAddr, SipUri, type DialogView, type HeaderList, type Party, type Uri } from '@jackfield/sip';

/** The way to whom a URI names: no matter of To and From (§19.1.1, table 1). */
const WAY = { method: undefined, maddr: undefined, ttl: undefined, transport: undefined, lr: undefined };
const NAMES = Object.keys(WAY);
const WITHOUT_WAY = { port: undefined, headers: undefined, parameters: WAY };

/** A target as To has it. */
export function partyOf(uri: Uri): Uri {
  if (!(uri instanceof SipUri)) return uri;
  const plain = uri.port === undefined && uri.headers === undefined && !NAMES.some((name) => uri.parameters.has(name));
  return plain ? uri : uri.with(WITHOUT_WAY);
}

export interface WrittenIds {
  readonly callId: string | undefined;
  readonly localTag: string | undefined;
}

/** What the application wrote makes the dialog: its Call-ID, and the tag of its From. @throws SIP_HEADER_SYNTAX */
export function idsOf(headers: HeaderList): WrittenIds {
  readParty(headers, 'To');
  return { callId: headers.get('Call-ID'), localTag: readParty(headers, 'From').tag || undefined };
}

/** As it leaves. @throws SIP_HEADER_SYNTAX where it names nobody */
export function ownParties(headers: HeaderList, { callId, localTag }: DialogView): void {
  if (headers.get('Call-ID') !== callId) headers.set('Call-ID', callId);
  const [from, to] = [readParty(headers, 'From'), readParty(headers, 'To')];
  if (from.tag !== localTag) retag(headers, 'From', from, localTag);
  if (to.tag !== undefined) retag(headers, 'To', to, undefined);
}

function readParty(headers: HeaderList, name: 'From' | 'To'): Party {
  const party = parseNameAddr(headers.get(name) ?? '');
  if (party === undefined) throw new SipError('SIP_HEADER_SYNTAX', `${name} is no address`, { header: name });
  return party;
}

function retag(headers: HeaderList, name: 'From' | 'To', party: Party, tag: string | undefined): void {
  party.parameters.delete('tag');
  if (tag !== undefined) party.parameters.set('tag', tag);
  headers.set(name, party.toString());
}
