/** Puts our descriptions together: v=, o=, s=, c=, t=, a=mid around the sections that handlers gave (RFC 8866 §5). */
import { SipError, type Random } from '@jackfield/base';
import {
  connectionLine,
  declinedSection,
  originLine,
  withAttribute,
  withOriginAfter,
  writeDescription,
  type Description,
  type MediaSection,
} from '@jackfield/sdp';
import type { DraftLine } from './stream-line.ts';

export interface OwnDescription {
  readonly description: Description;
  readonly text: string;
}

/** Owns the o= line: the version rises with every new description and not otherwise (RFC 3264 §8). */
export class LocalDescriptions {
  #last: Description | undefined;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** @throws SESSION_NEGOTIATION `local-description` when a section cannot be written. */
  compose(drafts: readonly DraftLine[], localAddress: string, sessionLines: ReadonlySet<string>): OwnDescription {
    const lines = ['v=0', this.#origin(localAddress), 's=-', connectionLine(localAddress), 't=0 0', ...sessionLines];
    const fresh: Description = { lines, sections: drafts.map(sectionOf) };
    const description = this.#last === undefined ? fresh : withOriginAfter(fresh, this.#last);
    try {
      const text = writeDescription(description);
      this.#last = description;
      return { description, text };
    } catch (cause) {
      throw new SipError('SESSION_NEGOTIATION', 'a section of ours cannot be written', { rule: 'local-description' }, { cause });
    }
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

function sectionOf(draft: DraftLine): MediaSection {
  const section = draft.section ?? declinedSection({ kind: draft.kind, port: 0, protocol: draft.protocol, formats: [], lines: [] });
  return draft.midShown && draft.handler !== undefined ? withAttribute(section, 'mid', draft.mid) : section;
}
