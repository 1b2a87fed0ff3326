import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseDescription } from './parse.ts';
import { readWritten, writeDescription } from './write.ts';

const TEXT =
  'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000/2 RTP/AVP 0 96\r\na=rtpmap:96 opus/48000/2\r\n' +
  'a=sendrecv\r\nm=video 0 UDP/TLS/RTP/SAVPF\r\na=x\r\nb=AS:5\r\n';
const ODD = ['é', '\u2028', '\u0001', ' ', '/', '65535', '0', '\n', '\r\n', '=', 'm=', 'a=', '\u{1f600}', '\u007f', '\ufffd', '00080', '*'];

const mutation = fc.record({ at: fc.nat(TEXT.length), gone: fc.nat(3), odd: fc.constantFrom('', ...ODD) });

it('whatever a peer sent and was taken can be written, and read back as it was: calls keep it as text', () => {
  let taken = 0;
  const property = fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
    let text = TEXT;
    for (const { at, gone, odd } of mutations) text = text.slice(0, at) + odd + text.slice(at + gone);
    const verdict = parseDescription(text);
    if (!verdict.ok) return;
    taken += 1;
    expect(readWritten(writeDescription(verdict.description))).toEqual(verdict.description);
  });
  fc.assert(property, { numRuns: 5000 });
  expect(taken).toBeGreaterThan(200);
});
