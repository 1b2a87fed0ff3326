/** Is this an answer to that offer (RFC 3264 §6)? For answers that came in; formats of one codec under other numbers are left to `matchAnswer`. */
import { readCodecs } from './codec.ts';
import { direction, isLegalAnswer } from './direction.ts';
import { matchAnswer } from './match-codecs.ts';
import type { Description, MediaSection } from './model.ts';
import { isDeclined } from './section.ts';

/** What of RFC 3264 §6 an answer breaks. */
export type AnswerRule =
  | 'section-count' // more or fewer m= lines than the offer
  | 'kind' // a line of another kind than the offer's at its place
  | 'port' // a line that the offer declines is taken
  | 'protocol' // a taken line changes the transport protocol
  | 'formats' // a taken line has no format in common with the offer
  | 'direction'; // a taken line wants more than the offer leaves

/** What `checkAnswer` found first. */
export interface AnswerFault {
  readonly rule: AnswerRule;
  /** Index of the m= line; for `section-count` that of the first line that one side lacks. */
  readonly section: number;
}

/**
 * The first rule that the answer breaks, or undefined. Directions are looked at last: when `direction` is all that is wrong, the answer can be used as
 * `answerDirection(offered, answered)`, which phones that answer hold with sendrecv make worth while.
 */
export function checkAnswer(offer: Description, answer: Description): AnswerFault | undefined {
  const offered = offer.sections;
  const answered = answer.sections;
  if (offered.length !== answered.length) return { rule: 'section-count', section: Math.min(offered.length, answered.length) };
  for (let section = 0; section < offered.length; section += 1) {
    const rule = brokenBy(offered[section]!, answered[section]!);
    if (rule !== undefined) return { rule, section };
  }
  for (let section = 0; section < offered.length; section += 1) {
    const said = answered[section]!;
    if (!isDeclined(said) && !isLegalAnswer(direction(offered[section]!, offer), direction(said, answer)))
      return { rule: 'direction', section };
  }
  return undefined;
}

function brokenBy(offered: MediaSection, answered: MediaSection): AnswerRule | undefined {
  if (offered.kind !== answered.kind) return 'kind';
  if (isDeclined(answered)) return undefined; // declined: the rest says nothing
  if (isDeclined(offered)) return 'port';
  if (offered.protocol !== answered.protocol) return 'protocol';
  return hasCommonFormat(offered, answered) ? undefined : 'formats';
}

/** One is enough: an answer may list more than the offer did (RFC 3264 §6.1), and give an RTP codec another number. */
function hasCommonFormat(offered: MediaSection, answered: MediaSection): boolean {
  if (answered.formats.some((format) => offered.formats.includes(format))) return true;
  return matchAnswer(readCodecs(offered), readCodecs(answered)).length > 0;
}
