import { describe, expect, it } from 'vitest';
import { parseDescription, type SdpLimits } from './parse.ts';

const HEAD = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'];
const sdp = (...lines: string[]): string => lines.map((line) => `${line}\r\n`).join('');
const media = (line: string): string => sdp(...HEAD, line);
const firstSection = (text: string): unknown => {
  const verdict = parseDescription(text);
  return verdict.ok ? verdict.description.sections[0] : verdict;
};

describe('parseDescription, RFC 8866 §5', () => {
  it('keeps every line whole, in order, with its section', () => {
    const text = sdp(...HEAD, 'a=x:1', 'm=audio 4000 RTP/AVP 0 8', 'a=z', 'a=b:2', 'm=video 0 RTP/AVP 31', 'i=declined');
    expect(parseDescription(text)).toEqual({
      ok: true,
      description: {
        lines: [...HEAD, 'a=x:1'],
        sections: [
          { kind: 'audio', port: 4000, protocol: 'RTP/AVP', formats: ['0', '8'], lines: ['a=z', 'a=b:2'] },
          { kind: 'video', port: 0, protocol: 'RTP/AVP', formats: ['31'], lines: ['i=declined'] },
        ],
      },
    });
  });

  it('reads bytes as UTF-8, from a view into a larger buffer too', () => {
    const bytes = new TextEncoder().encode(`xx${sdp('v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=Grüße', 't=0 0')}yy`);
    const verdict = parseDescription(bytes.subarray(2, -2));
    expect(verdict.ok && verdict.description.lines[2]).toBe('s=Grüße');
  });

  it.each<{ text: string; because: string }>([
    { text: sdp(...HEAD, 'm=audio 4000 RTP/AVP 0').replaceAll('\r', ''), because: 'LF alone ends a line' },
    { text: sdp(...HEAD, 'm=audio 4000 RTP/AVP 0').slice(0, -2), because: 'the last line has no end' },
    { text: sdp(...HEAD, 'm=audio 4000 RTP/AVP 0').slice(0, -1), because: 'the last line ends in CR' },
    { text: `${sdp(...HEAD, 'm=audio 4000 RTP/AVP 0')}\r\n\n`, because: 'blank lines follow the last' },
    { text: sdp('v=0', HEAD[1]!, 'm=audio 4000 RTP/AVP 0'), because: 's= and t= are missing' },
    { text: sdp('v=0', 't=0 0', 'a=x', 's=', HEAD[1]!, 'm=audio 4000 RTP/AVP 0'), because: 'session lines come in another order' },
    { text: sdp(...HEAD, 't=3034423619 3042462419', 'r=7d 1h 0 25h', 'z=0 0', 'm=audio 4000 RTP/AVP 0'), because: 'there are several t=' },
    { text: media('m=audio 4000 RTP/AVP  0 '), because: 'blanks stand around formats' },
    { text: media('m=audio 4000 RTP/AVP 0').replace('192.0.2.1\r\nt=', '192.0.2.1 \r\nt='), because: 'a blank ends the c= line' },
  ])('takes it when $because', ({ text }) => {
    expect(firstSection(text)).toEqual({ kind: 'audio', port: 4000, protocol: 'RTP/AVP', formats: ['0'], lines: [] });
  });

  it.each<{ line: string; section: object }>([
    { line: 'm=audio 49170/2 RTP/SAVP 0', section: { kind: 'audio', port: 49170, portCount: 2, protocol: 'RTP/SAVP', formats: ['0'] } },
    { line: 'm=image 5004 udptl t38', section: { kind: 'image', port: 5004, protocol: 'udptl', formats: ['t38'] } },
    {
      line: 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
      section: { kind: 'application', port: 9, protocol: 'UDP/DTLS/SCTP', formats: ['webrtc-datachannel'] },
    },
    { line: 'm=message 7394 TCP/MSRP *', section: { kind: 'message', port: 7394, protocol: 'TCP/MSRP', formats: ['*'] } },
    { line: 'm=audio 0 RTP/AVP', section: { kind: 'audio', port: 0, protocol: 'RTP/AVP', formats: [] } },
    { line: 'm=audio 65535 RTP/AVP 4294967296 -1 x', section: { kind: 'audio', port: 65535, formats: ['4294967296', '-1', 'x'] } },
  ])('reads $line', ({ line, section }) => {
    expect(firstSection(media(line))).toMatchObject(section);
  });

  it.each<{ text: string; rule: string; at: string | number; because: string }>([
    { text: '', rule: 'version', at: 0, because: 'it is empty' },
    { text: '\r\n', rule: 'version', at: 0, because: 'it is blank' },
    { text: 'garbage', rule: 'line-syntax', at: 0, because: 'it is garbage' },
    { text: sdp(...HEAD.slice(1)), rule: 'version', at: 0, because: 'v= is missing' },
    { text: sdp('v=1', ...HEAD.slice(1)), rule: 'version', at: 0, because: 'the version is unknown' },
    { text: sdp('v=0 ', ...HEAD.slice(1)), rule: 'version', at: 0, because: 'something follows the version' },
    { text: sdp(...HEAD, 'v=0'), rule: 'misplaced-line', at: sdp(...HEAD).length, because: 'v= comes twice' },
    { text: sdp('v=0', 's=-', 't=0 0'), rule: 'origin', at: 17, because: 'o= is missing' },
    { text: sdp(...HEAD, 'o=- 1 1 IN IP4 x'), rule: 'misplaced-line', at: 'o=- 1 1 IN IP4 x', because: 'o= comes twice' },
    { text: sdp('v=0', 'o=a b 1 1 IN IP4 x'), rule: 'origin', at: 'o=', because: 'the user name has a blank' },
    { text: sdp('v=0', 'o=- -1 1 IN IP4 x'), rule: 'origin', at: 'o=', because: 'the session id is negative' },
    { text: sdp('v=0', 'o=- 1 one IN IP4 x'), rule: 'origin', at: 'o=', because: 'the version is a word' },
    { text: sdp('v=0', `o=- 1 ${'9'.repeat(21)} IN IP4 x`), rule: 'origin', at: 'o=', because: 'the version is past 64 bits' },
    { text: sdp(...HEAD, 's=again'), rule: 'misplaced-line', at: 's=again', because: 's= comes twice' },
    { text: sdp(...HEAD, 't=now'), rule: 'time', at: 't=now', because: 't= is a word' },
    { text: sdp(...HEAD, 't=0 0 0'), rule: 'time', at: 't=0 0 0', because: 't= has three numbers' },
    { text: sdp(...HEAD, 'c=IN IP4'), rule: 'connection', at: 'c=IN IP4\r', because: 'c= has no address' },
    { text: sdp(...HEAD, 'c=IN IP4 a b'), rule: 'connection', at: 'c=IN IP4 a', because: 'c= has two addresses' },
    { text: sdp(...HEAD, 'junk'), rule: 'line-syntax', at: 'junk', because: 'junk trails' },
    { text: sdp(...HEAD, '', 'a=x'), rule: 'line-syntax', at: '\r\na=x', because: 'a blank line stands inside' },
    { text: sdp(...HEAD, 'a'), rule: 'line-syntax', at: 'a\r\n', because: 'a line is one letter' },
    { text: sdp(...HEAD, 'a =x'), rule: 'line-syntax', at: 'a =x', because: 'a blank stands before =' },
    { text: sdp(...HEAD, 'x=1'), rule: 'unknown-type', at: 'x=1', because: 'the letter is unknown' },
    { text: sdp(...HEAD, 'A=1'), rule: 'unknown-type', at: 'A=1', because: 'the letter is a capital' },
    { text: sdp(...HEAD, 'a=x\ry'), rule: 'character', at: '\ry', because: 'a line has a CR inside' },
    { text: sdp(...HEAD, 'a=x\r'), rule: 'character', at: '\r\r\n', because: 'a line ends in two CRs' },
    { text: sdp(...HEAD, 'a=x\0'), rule: 'character', at: '\0', because: 'a line has a NUL' },
    ...['s=x', 't=0 0', 'o=- 1 1 IN IP4 x', 'u=x', 'e=x', 'p=x', 'r=x', 'z=x', 'v=0'].map((line) => ({
      text: sdp('v=0', HEAD[1]!, 'm=audio 1 RTP/AVP 0', 'a=here', line),
      rule: 'misplaced-line',
      at: sdp('v=0', HEAD[1]!, 'm=audio 1 RTP/AVP 0', 'a=here').length,
      because: `${line} stands below m=`,
    })),
    ...[
      'm=',
      'm=audio',
      'm=audio 1',
      'm=audio 1 ',
      'm=audio 1 RTP/AVP',
      'm=audio 1 RTP/AVP ',
      'm=audio 65536 RTP/AVP 0',
      'm=audio 100000 RTP/AVP 0',
      'm=audio -1 RTP/AVP 0',
      'm=audio x RTP/AVP 0',
      'm=audio  1 RTP/AVP 0',
      'm=audio 1/ RTP/AVP 0',
      'm=audio 1/0 RTP/AVP 0',
      'm=audio 1/x RTP/AVP 0',
      'm=audio 1/2x RTP/AVP 0',
      'm=au"dio 1 RTP/AVP 0',
      'm= audio 1 RTP/AVP 0',
      'm=audio 1 RTP\\AVP 0',
      'm=audio 1 RTP/AVP 0\t8',
    ].map((line) => ({ text: sdp(...HEAD, line), rule: 'media', at: sdp(...HEAD).length, because: `of ${JSON.stringify(line)}` })),
  ])('refuses it because $because: $rule', ({ text, rule, at }) => {
    expect(parseDescription(text)).toEqual({ ok: false, rule, offset: typeof at === 'number' ? at : text.indexOf(at) });
  });

  it.each<{ limits: SdpLimits; rule: string; fits: string; over: string }>([
    {
      limits: { maxBytes: 40 },
      rule: 'too-large',
      fits: sdp('v=0', `o=- 1 1 IN IP4 ${'x'.repeat(18)}`),
      over: sdp('v=0', `o=- 1 1 IN IP4 ${'x'.repeat(19)}`),
    },
    { limits: { maxLines: 6 }, rule: 'too-many-lines', fits: sdp(...HEAD, 'a=1'), over: sdp(...HEAD, 'a=1', 'a=2') },
    {
      limits: { maxSections: 1 },
      rule: 'too-many-sections',
      fits: media('m=a 1 b c'),
      over: sdp(...HEAD, 'm=a 1 b c', 'm=a 1 b c'),
    },
    { limits: { maxFormats: 2 }, rule: 'too-many-formats', fits: media('m=a 1 b 1 2'), over: media('m=a 1 b 1 2 3') },
    { limits: {}, rule: 'too-large', fits: sdp(...HEAD, `a=${'x'.repeat(65_000)}`), over: sdp(...HEAD, `a=${'x'.repeat(65_536)}`) },
    {
      limits: {},
      rule: 'too-many-sections',
      fits: sdp(...HEAD, ...Array<string>(16).fill('m=a 1 b c')),
      over: sdp(...HEAD, ...Array<string>(17).fill('m=a 1 b c')),
    },
    { limits: {}, rule: 'too-many-formats', fits: media(`m=a 1 b${' 1'.repeat(64)}`), over: media(`m=a 1 b${' 1'.repeat(65)}`) },
    {
      limits: {},
      rule: 'too-many-lines',
      fits: sdp(...HEAD, ...Array<string>(1019).fill('a=x')),
      over: sdp(...HEAD, ...Array<string>(1020).fill('a=x')),
    },
  ])('refuses what is past a limit and takes what just fits: $rule under $limits', ({ limits, rule, fits, over }) => {
    expect(parseDescription(fits, limits)).toMatchObject({ ok: true });
    expect(parseDescription(over, limits)).toMatchObject({ ok: false, rule });
  });
});
