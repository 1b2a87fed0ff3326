/** Puts our descriptions together: v=, o=, s=, c=, t=, a=mid around the sections that handlers gave (RFC 8866 §5). */
import { SipError, type Random } from '@jackfield/base';
import {
  connectionLine,
  declinedSection,
  isDeclined,
  originLine,
  mid,
  withAttribute,
  withoutAttribute,
  withOriginAfter,
  writeDescription,
  type Description,
  type MediaSection,
} from '@jackfield/sdp';
import { KeptDescription } from './kept-description.ts';
import type { DraftLine } from './stream-line.ts';

/** A datagram holds 65507 bytes, and a message as most read it 65535: this leaves room for its headers. */
const MAX_BYTES = 56 * 1024;

const NO_LINES: readonly string[] = [];

/** Owns the o= line: the version rises with every new description and not otherwise (RFC 3264 §8). */
export class LocalDescriptions {
  #last: KeptDescription | undefined;
  /** Before `#last`: one that never left counts for nothing. */
  #previous: KeptDescription | undefined;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** @throws SESSION_NEGOTIATION `local-description` when a section cannot be written, or all of them are more than a message can carry. */
  compose(drafts: readonly DraftLine[], localAddress: string, sessionLines: Iterable<string> = NO_LINES): KeptDescription {
    const { connection, sections } = factored(connectionLine(localAddress), drafts);
    const lines = ['v=0', this.#origin(localAddress), 's=-', connection, 't=0 0', ...sessionLines];
    const fresh: Description = { lines, sections };
    const description = this.#last === undefined ? fresh : withOriginAfter(fresh, this.#last.description);
    try {
      const composed = new KeptDescription(description, carried(writeDescription(description)));
      this.#previous = this.#last;
      return (this.#last = composed);
    } catch (cause) {
      throw new SipError('SESSION_NEGOTIATION', 'our description cannot be written', { rule: 'local-description' }, { cause });
    }
  }

  /** It did not leave: the next one follows the one before (RFC 3264 §8: by one). */
  withdraw(description: KeptDescription): void {
    if (this.#last === description) this.#last = this.#previous;
  }

  /** The next one begins anew: nobody who gets it has seen one of these. */
  forget(): void {
    this.#last = this.#previous = undefined;
  }

  /** The exchange is over: no description is withdrawn any more. */
  settle(): void {
    this.#previous = undefined;
  }

  #origin(address: string): string {
    const sessionId = String(this.#random.integer(2 ** 31)); // well below 2^62, as RFC 3264 §5 wants
    return originLine({
      username: '-',
      sessionId,
      version: '1',
      networkType: 'IN',
      addressType: address.includes(':') ? 'IP6' : 'IP4',
      address,
    });
  }
}

/** A character is three bytes at most. */
function carried(text: string): string {
  if (3 * text.length <= MAX_BYTES) return text;
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_BYTES) return text;
  throw new RangeError(`the description has ${bytes} bytes, ${MAX_BYTES} can be sent`);
}

function sectionOf(draft: DraftLine): MediaSection {
  const section = draft.section ?? declinedSection({ kind: draft.kind, port: 0, protocol: draft.protocol, formats: [], lines: [] });
  if (draft.midShown) return withAttribute(section, 'mid', draft.mid);
  return mid(section) === undefined ? section : withoutAttribute(section, 'mid'); // a name of another leg means nothing here
}

/**
 * The c= line for all, and the sections without what it says: the one that all have of their own, where handlers give them one. What the application passes
 * through stays as it is.
 */
function factored(ours: string, drafts: readonly DraftLine[]): { connection: string; sections: readonly MediaSection[] } {
  const sections = drafts.map(sectionOf);
  let common: string | undefined;
  let differs = false;
  let own = false;
  for (let at = 0; at < sections.length; at += 1) {
    const section = sections[at]!;
    if (isDeclined(section)) continue;
    if (drafts[at]!.live === undefined) return { connection: ours, sections };
    const said = section.lines.find(isConnection);
    own ||= said !== undefined;
    common ??= said ?? ours;
    differs ||= (said ?? ours) !== common;
  }
  const connection = differs || common === undefined ? ours : common;
  if (!own) return { connection, sections };
  const repeats = ({ lines }: MediaSection): boolean => lines.find(isConnection) === connection;
  const without = (section: MediaSection): MediaSection => ({ ...section, lines: section.lines.filter((line) => line !== connection) });
  return { connection, sections: sections.map((section) => (repeats(section) ? without(section) : section)) };
}

const isConnection = (line: string): boolean => line.startsWith('c=');
