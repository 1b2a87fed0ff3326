import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandwidth, groups, maxptime, mid, ptime } from '../src/attributes.ts';
import { checkAnswer } from '../src/check-answer.ts';
import { readCodecs } from '../src/codec.ts';
import { connectionAddress } from '../src/connection.ts';
import { direction, isHeld } from '../src/direction.ts';
import { matchCodecs } from '../src/match-codecs.ts';
import type { Description } from '../src/model.ts';
import { readOrigin } from '../src/origin.ts';
import { parseDescription } from '../src/parse.ts';
import { candidates, cryptoLines, fingerprints, rtcp, rtcpMux } from '../src/transport-attributes.ts';
import { writeDescription } from '../src/write.ts';

const CRAFTED = [
  'v=0',
  'o=- 20518 9223372036854775807 IN IP4 203.0.113.1',
  's=-',
  'c=IN IP4 203.0.113.1',
  'b=X-YZ:128',
  't=0 0',
  'a=group:BUNDLE 0 1',
  'm=audio 54400/2 RTP/SAVPF 0 96 101',
  'c=IN IP4 203.0.113.2',
  'c=IN IP4 203.0.113.3',
  'k=prompt',
  'a=unknown:first',
  'a=rtpmap:96 opus/48000/2',
  'a=fmtp:96 minptime=10;useinbandfec=1',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-16',
  'a=ptime:20',
  'a=rtcp:54401 IN IP4 203.0.113.1',
  'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:32',
  'a=candidate:0 1 UDP 2113667327 203.0.113.1 54400 typ host generation 0 ufrag x',
  'a=sendonly',
  'm=video 55400 RTP/SAVPF 97',
  'a=rtpmap:97 H264/90000',
  'a=fmtp:97 profile-level-id=4d0028;packetization-mode=1',
  'a=rtcp-fb:97 nack pli',
  'a=fingerprint:sha-256 AA:BB',
  'a=mid:1',
  '',
].join('\r\n');
const { examples } = JSON.parse(readFileSync(new URL('offer-answer.json', import.meta.url), 'utf8')) as {
  readonly examples: readonly { readonly exchanges: readonly { readonly offer: string; readonly answer: string }[] }[];
};
const seeds = [CRAFTED, ...examples.flatMap(({ exchanges }) => exchanges.flatMap(({ offer, answer }) => [offer, answer]))];

/** Everything that reads a description, one after the other. */
function readAll(description: Description): void {
  readOrigin(description);
  groups(description);
  fingerprints(description);
  checkAnswer(description, description);
  for (const section of description.sections) {
    const codecs = readCodecs(section);
    matchCodecs(codecs, codecs);
    for (const codec of codecs) codec.fmtp.get('x');
    direction(section, description);
    isHeld(section, description);
    connectionAddress(section, description);
    mid(section);
    ptime(section);
    maxptime(section);
    bandwidth(section, 'AS');
    rtcp(section);
    rtcpMux(section);
    cryptoLines(section);
    candidates(section);
    fingerprints(section);
  }
}

const PIECES = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '/',
  ':',
  '=',
  ';',
  '-1',
  '99999999999999999999',
  '__proto__',
  'a=',
  'm=',
  'm=audio 1 RTP/AVP 0\r\n',
  'é',
  '\uD800',
];
const edit = fc.record({
  at: fc.nat(),
  cut: fc.integer({ min: 0, max: 12 }),
  put: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 6 })),
});
const mutated = fc.tuple(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 5 })).map(([seed, edits]) => {
  let text = seed;
  for (const { at, cut, put } of edits) {
    const from = at % (text.length + 1);
    text = text.slice(0, from) + put + text.slice(from + cut);
  }
  return text;
});

const token = fc.stringMatching(/^[a-zA-Z0-9!#$%&'*+.^_`{|}~-]{1,12}$/u);
const text = fc.string({ unit: 'binary', maxLength: 40 }).map((value) => value.replaceAll(/[\0\r\n]/gu, ''));
const line = fc.tuple(fc.constantFrom('a', 'b', 'i', 'k'), text).map(([type, value]) => `${type}=${value}`);
const section = fc.record({
  kind: token,
  port: fc.integer({ min: 0, max: 65_535 }),
  portCount: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
  protocol: fc.array(token, { minLength: 1, maxLength: 3 }).map((words) => words.join('/')),
  formats: fc.array(token, { minLength: 1, maxLength: 8 }),
  lines: fc.array(line, { maxLength: 8 }),
});
const description = fc.record({
  lines: fc.array(line, { maxLength: 8 }).map((lines) => ['v=0', 'o=- 1 1 IN IP4 x', 's=-', 't=0 0'].concat(lines)),
  sections: fc.array(section, { maxLength: 8 }),
});

describe('descriptions', () => {
  it('are the same after writing and reading', () => {
    fc.assert(
      fc.property(description, (made) => {
        expect(parseDescription(writeDescription(made))).toEqual({ ok: true, description: made });
      }),
    );
  });

  it.each(seeds.map((seed, at) => [at, seed] as const))('example %i is the same after reading and writing', (_at, seed) => {
    const verdict = parseDescription(seed);
    expect(verdict.ok && writeDescription(verdict.description)).toBe(seed);
  });

  it('that are damaged throw nowhere; what is taken is written and read back the same', () => {
    fc.assert(
      fc.property(mutated, (damaged) => {
        const verdict = parseDescription(damaged);
        if (!verdict.ok) {
          expect(verdict.offset).toBeGreaterThanOrEqual(0);
          expect(verdict.offset).toBeLessThanOrEqual(damaged.length);
          return;
        }
        readAll(verdict.description);
        expect(parseDescription(writeDescription(verdict.description))).toEqual(verdict);
      }),
      { numRuns: 3000 },
    );
  });

  it('of random bytes are refused without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(parseDescription(bytes).ok).toBe(false);
      }),
    );
  });

  it('of 64 KiB of any repeated piece are read in time', () => {
    const repeated = ['a', ' ', '/', ':', '=', ';', 'a=', '0', '[x]', '(', 'a=1;', '.'];
    const started = process.hrtime.bigint();
    for (const name of [
      'rtpmap:96 ',
      'fmtp:0 ',
      'rtcp-fb:0 ',
      'candidate:',
      'crypto:1 ',
      'fingerprint:',
      'rtcp:',
      'group:',
      'mid:',
      'ptime:',
      '',
    ]) {
      for (const piece of repeated) {
        const lines = Array.from({ length: 14 }, () => `a=${name}${piece.repeat(4000 / piece.length)}\r\n`).join('');
        const verdict = parseDescription(`v=0\r\no=- 1 1 IN IP4 x\r\nm=audio 1 RTP/AVP 0 96\r\n${lines}`);
        if (!verdict.ok) throw new Error(verdict.rule);
        readAll(verdict.description);
      }
    }
    expect(Number(process.hrtime.bigint() - started) / 1e6 / (11 * repeated.length)).toBeLessThan(100); // ms for one; a backtracking scan takes seconds
  });
});
