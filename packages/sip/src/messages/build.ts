/** Messages that follow from another one: responses (RFC 3261 §8.2.6), ACK of a refusal (§17.1.1.3), CANCEL (§9.1). All else is built where its state lives. */
import { SipError } from '@jackfield/base';
import { type Field, fieldOfBytes } from './field.ts';
import { HeaderList } from './headers.ts';
import { SipRequest, SipResponse } from './message.ts';
import { makesDialog } from './methods.ts';
import type { Body, HeaderInit } from './model.ts';
import { CALL_ID, CSEQ, FROM, MAX_FORWARDS, RECORD_ROUTE, ROUTE, TIMESTAMP, TO, UNKNOWN, VIA, nameOf } from './names.ts';
import { isToken } from './tokens.ts';
import { readParty } from './field-lists.ts';
import type { Party } from './name-addr.ts';

export interface ResponseParts {
  /** The usual phrase unless given. */
  readonly reason?: string | undefined;
  /** Written behind those that the request decides: Via, From, To, Call-ID and CSeq, which are left out of these. */
  readonly headers?: HeaderInit | HeaderList | undefined;
  readonly body?: Body | undefined;
  /** For To when the request has none there; left out in a 100. */
  readonly toTag?: string | undefined;
}

/**
 * A response to `request`: Via, From, To, Call-ID and CSeq as they came, Timestamp in a 100, Record-Route where it makes a dialog. Of a request that the
 * parser refused, those that could be read, and the first of each that may stand there once.
 *
 * @throws SipError `SIP_HEADER_SYNTAX` for a reason, tag or header that would break the message, `SIP_MESSAGE_SYNTAX` for a status outside 100 to 699.
 */
export function buildResponse(request: SipRequest, status: number, parts: ResponseParts = {}): SipResponse {
  const dialog = status > 100 && status < 300 && makesDialog(request.method);
  const fields: Field[] = [];
  let had = 0;
  for (const field of request.headers.fields) {
    const { id } = field;
    if (id >= FROM && id <= CSEQ) {
      const bit = 1 << id;
      if ((had & bit) !== 0) continue; // a request may have been refused for its second one
      had |= bit;
    }
    switch (id) {
      case VIA:
      case FROM:
      case CALL_ID:
      case CSEQ:
        fields.push(field);
        break;
      case TO:
        fields.push(
          parts.toTag === undefined || status === 100 ? field : taggedTo(field, request.toAsRead ?? readParty(field), parts.toTag),
        );
        break;
      case RECORD_ROUTE:
        if (dialog) fields.push(field);
        break;
      case TIMESTAMP:
        if (status === 100) fields.push(field);
        break;
      default:
    }
  }
  const headers = HeaderList.of(fields);
  addAll(headers, parts.headers);
  return new SipResponse(status, parts.reason, headers, parts.body);
}

/** To with our tag, unless it has one, or cannot be read. */
function taggedTo(field: Field, party: Party | undefined, tag: string): Field {
  if (!isToken(tag)) throw new SipError('SIP_HEADER_SYNTAX', `${JSON.stringify(tag)} is no tag`, { header: 'To' });
  return party === undefined || party.tag !== undefined ? field : fieldOfBytes(TO, nameOf(TO), field.bytes + ';tag=' + tag, undefined);
}

function addAll(headers: HeaderList, more: HeaderInit | HeaderList | undefined): void {
  if (more === undefined) return;
  const list = more instanceof HeaderList ? more : new HeaderList(more);
  for (const field of list.fields) if (field.id === UNKNOWN || field.id > CSEQ) headers.push(field);
}

/** The ACK to `response`, a final one of 300 or more to `invite`: for the same hop, in the same transaction (§17.1.1.3). */
export function buildAckForFailure(invite: SipRequest, response: SipResponse): SipRequest {
  const headers = hopHeaders(invite, 'ACK');
  const to = response.headers.first(TO);
  if (to !== undefined) headers.swap(headers.first(TO) ?? to, to);
  return new SipRequest('ACK', invite.uri, headers);
}

/** The CANCEL of `invite`, as it was sent (§9.1). Headers such as Reason are added to it. */
export function buildCancel(invite: SipRequest): SipRequest {
  return new SipRequest('CANCEL', invite.uri, hopHeaders(invite, 'CANCEL'));
}

/** The topmost Via alone, Route, From, To, Call-ID, and the number of CSeq. */
function hopHeaders(invite: SipRequest, method: 'ACK' | 'CANCEL'): HeaderList {
  const fields: Field[] = [fieldOfBytes(VIA, nameOf(VIA), invite.via.bytes, undefined)];
  for (const field of invite.headers.fields) {
    const { id } = field;
    if (id === ROUTE || id === FROM || id === TO || id === CALL_ID) fields.push(field);
  }
  fields.push(fieldOfBytes(CSEQ, nameOf(CSEQ), `${invite.cseq.sequence} ${method}`, undefined));
  fields.push(fieldOfBytes(MAX_FORWARDS, nameOf(MAX_FORWARDS), '70', '70'));
  return HeaderList.of(fields);
}
