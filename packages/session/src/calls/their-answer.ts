/** The peer's answer to an offer of ours: whether it is one, and what of it counts (RFC 3264 §6, RFC 8843 §7.4). */
import { SipError } from '@jackfield/base';
import { answerDirection, checkAnswer, direction, withDirection, type Description } from '@jackfield/sdp';
import { takeBundles } from './bundles.ts';
import type { DraftLine } from './stream-line.ts';

/** @throws SESSION_NEGOTIATION with the rule that it breaks */
export function readAnswer(offer: Description, answer: Description, drafts: readonly DraftLine[]): Description {
  const fault = checkAnswer(offer, answer);
  if (fault !== undefined && fault.rule !== 'direction') {
    throw new SipError('SESSION_NEGOTIATION', `the answer breaks offer/answer in m= line ${fault.section}: ${fault.rule}`, {
      rule: fault.rule,
    });
  }
  if (!takeBundles(drafts, answer))
    throw new SipError('SESSION_NEGOTIATION', 'the answer groups what the offer does not, or takes a stream out of its group', {
      rule: 'bundle',
    });
  return fault === undefined ? answer : withLegalDirections(offer, answer);
}

/** An answer that wants more than the offer leaves, cut down to what it may have: phones that answer hold with sendrecv. */
function withLegalDirections(offer: Description, answer: Description): Description {
  const sections = answer.sections.map((section, index) => {
    const asked = direction(offer.sections[index]!, offer);
    return withDirection(section, answerDirection(asked, direction(section, answer)));
  });
  return { ...answer, sections };
}
