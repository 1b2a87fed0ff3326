import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkAnswer } from '../src/check-answer.ts';
import { readCodecs } from '../src/codec.ts';
import { answerDirection, direction } from '../src/direction.ts';
import { matchAnswer, matchCodecs } from '../src/match-codecs.ts';
import type { Description, Direction } from '../src/model.ts';
import { readOrigin } from '../src/origin.ts';
import { parseDescription } from '../src/parse.ts';
import { declinedSection, isDeclined } from '../src/section.ts';
import { writeDescription } from '../src/write.ts';

interface Parsed {
  readonly session: readonly string[];
  readonly media: readonly {
    readonly kind: string;
    readonly port: number;
    readonly proto: string;
    readonly formats: readonly string[];
    readonly attributes: readonly string[];
    readonly direction: Direction;
  }[];
  readonly origin: string;
}
interface Line {
  readonly mustBePortZero: boolean;
  readonly rejectedInExample: boolean;
  readonly offeredDirection: Direction;
  readonly allowedAnswerDirections: readonly Direction[];
  readonly exampleAnswerFormats: readonly string[];
}
interface Exchange {
  readonly offer: string;
  readonly answer: string;
  readonly constraints: { readonly mLines: readonly Line[] };
  readonly parsedOffer: Parsed;
  readonly parsedAnswer: Parsed;
}
interface Example {
  readonly rfc: number;
  readonly section: string;
  readonly exchanges: readonly Exchange[];
}

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
const { examples } = JSON.parse(read('offer-answer.json')) as { readonly examples: readonly Example[] };
const exchanges = examples.flatMap(({ rfc, section, exchanges: all }) =>
  all.map((exchange, at) => ({ title: `RFC ${rfc} §${section}, exchange ${at + 1}`, exchange })),
);

function parsed(text: string): Description {
  const verdict = parseDescription(text);
  if (!verdict.ok) throw new Error(`${verdict.rule} at ${verdict.offset}`);
  return verdict.description;
}

describe.each(exchanges)('$title', ({ exchange }) => {
  const offer = parsed(exchange.offer);
  const answer = parsed(exchange.answer);

  it.each<[string, string, Description, Parsed]>([
    ['offer', exchange.offer, offer, exchange.parsedOffer],
    ['answer', exchange.answer, answer, exchange.parsedAnswer],
  ])('%s is read line by line and written back the same', (_name, text, description, expected) => {
    expect(description.lines.filter((line) => !line.startsWith('a='))).toEqual(expected.session);
    expect(description.sections.map((section) => section.lines)).toEqual(expected.media.map((media) => media.attributes));
    expect(
      description.sections.map((section) => ({
        kind: section.kind,
        port: section.port,
        proto: section.protocol,
        formats: section.formats,
        direction: direction(section, description),
      })),
    ).toEqual(expected.media.map(({ kind, port, proto, formats, direction: said }) => ({ kind, port, proto, formats, direction: said })));
    const origin = readOrigin(description)!;
    expect(Object.values(origin).join(' ')).toBe(expected.origin);
    expect(writeDescription(description)).toBe(text);
  });

  it('has an answer without fault, whose codecs both sides agree on', () => {
    expect(checkAnswer(offer, answer)).toBeUndefined();
    for (const [at, line] of exchange.constraints.mLines.entries()) {
      if (line.rejectedInExample) continue;
      const agreed = matchAnswer(readCodecs(offer.sections[at]!), readCodecs(answer.sections[at]!));
      expect(agreed.map(({ remote }) => String(remote.payloadType))).toEqual(line.exampleAnswerFormats);
    }
  });

  it('can be answered by our own rules, whatever we want', () => {
    for (const wanted of ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const) {
      const sections = offer.sections.map((section, at) => {
        const line = exchange.constraints.mLines[at]!;
        expect(isDeclined(section)).toBe(line.mustBePortZero);
        if (line.rejectedInExample) return declinedSection(section);
        const agreed = matchCodecs(readCodecs(section), readCodecs(answer.sections[at]!));
        const said = answerDirection(direction(section, offer), wanted);
        expect(line.allowedAnswerDirections).toContain(said);
        return { ...section, formats: agreed.map(({ local }) => String(local.payloadType)), lines: [`a=${said}`] };
      });
      expect(checkAnswer(offer, { lines: answer.lines, sections })).toBeUndefined();
    }
  });
});

describe('descriptions printed in RFC 8866', () => {
  it.each(['rfc8866-1.sdp', 'rfc8866-2.sdp'])('%s is read and written back the same', (name) => {
    const text = read(name);
    expect(writeDescription(parsed(text))).toBe(text);
  });
});
