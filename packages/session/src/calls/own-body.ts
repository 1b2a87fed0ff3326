/**
 * A body that the application gives to a call or a response: it leaves beside the description of ours, as one part of two (RFC 5621 §4, §8). The description
 * itself is never the application's: what it says has to be what the streams of the session are.
 */
import { SipError } from '@jackfield/base';
import { HeaderList, joinMultipart, splitMultipart, type Body } from '@jackfield/sip';
import { SDP, sdpOf } from './sdp-body.ts';

/** They say something of the body, and go with it where it becomes a part: of the whole message they would be about our description too. */
const OF_BODY = ['Content-Disposition', 'Content-ID', 'Content-Encoding', 'Content-Language'] as const;

/** @throws SESSION_OPTION for a session description, alone or as a part */
export function refuseDescription(own: Body | undefined): void {
  if (own === undefined || sdpOf(own) === undefined) return;
  throw new SipError('SESSION_OPTION', 'body holds a session description: that is written by the session, from `media`', {
    option: 'body',
  });
}

/**
 * What a message carries: the description of ours, what the application gave, or both.
 *
 * @param headers - of the message; those that speak of the application's body leave them where it becomes a part
 * @throws SIP_MESSAGE_SYNTAX for a body whose type is none
 */
export function besides(description: Body | undefined, own: Body | undefined, headers: HeaderList): Body | undefined {
  if (description === undefined || own === undefined) return description ?? own;
  const part = new HeaderList();
  for (const name of OF_BODY) {
    for (const value of headers.getAll(name)) part.add(name, value);
    headers.delete(name);
  }
  return joinMultipart([{ body: description }, { headers: part, body: own }]);
}

/** A body of {@link besides} with another description: what the application gave goes along as it did. */
export function withDescription(body: Body, description: Body): Body {
  const own = body.type === SDP ? undefined : splitMultipart(body)?.[1];
  return own === undefined ? description : joinMultipart([{ body: description }, own]);
}
