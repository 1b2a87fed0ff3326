import { describe, expect, it } from 'vitest';
import type { MediaSection } from './model.ts';
import { encodeDescription, writeDescription } from './write.ts';

const LINES = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 't=0 0'];
const AUDIO: MediaSection = { kind: 'audio', port: 4000, protocol: 'RTP/AVP', formats: ['0', '8'], lines: ['a=ptime:20', 'a=x'] };

describe('writeDescription', () => {
  it('writes session lines, then each m= line with its own, CRLF after every one', () => {
    const video: MediaSection = { kind: 'video', port: 5000, portCount: 2, protocol: 'RTP/AVP', formats: ['31'], lines: [] };
    expect(writeDescription({ lines: LINES, sections: [AUDIO, video] })).toBe(
      'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8\r\na=ptime:20\r\na=x\r\nm=video 5000/2 RTP/AVP 31\r\n',
    );
  });

  it('encodes as UTF-8', () => {
    expect(encodeDescription({ lines: ['s=é'], sections: [] })).toEqual(Buffer.from([0x73, 0x3d, 0xc3, 0xa9, 13, 10]));
  });

  it.each(['', 'a', 'ab=c', 'a=x\r\nm=audio 1 RTP/AVP 0', 'a=x\ny', 'a=x\ry', 'a=\0', 'm=audio 1 RTP/AVP 0'])(
    'refuses %j as a line, in a session and in a section',
    (line) => {
      const refused = expect.objectContaining({ code: 'SDP_LINE_SYNTAX', info: { line } });
      expect(() => writeDescription({ lines: [...LINES, line], sections: [] })).toThrow(refused);
      expect(() => writeDescription({ lines: LINES, sections: [{ ...AUDIO, lines: [line] }] })).toThrow(refused);
    },
  );

  it.each<{ change: Partial<MediaSection>; field: string; value: string }>([
    { change: { kind: '' }, field: 'kind', value: '' },
    { change: { kind: 'au dio' }, field: 'kind', value: 'au dio' },
    { change: { port: -1 }, field: 'port', value: '-1' },
    { change: { port: 65_536 }, field: 'port', value: '65536' },
    { change: { port: 1.5 }, field: 'port', value: '1.5' },
    { change: { port: Number.NaN }, field: 'port', value: 'NaN' },
    { change: { portCount: 0 }, field: 'portCount', value: '0' },
    { change: { protocol: '' }, field: 'protocol', value: '' },
    { change: { protocol: 'RTP AVP' }, field: 'protocol', value: 'RTP AVP' },
    { change: { formats: [] }, field: 'formats', value: '' },
    { change: { formats: ['0', '8 9'] }, field: 'formats', value: '8 9' },
    { change: { formats: ['0\r\na=x'] }, field: 'formats', value: '0\r\na=x' },
  ])('refuses an m= line with $change', ({ change, field, value }) => {
    expect(() => writeDescription({ lines: LINES, sections: [{ ...AUDIO, ...change }] })).toThrow(
      expect.objectContaining({ code: 'SDP_SECTION_FIELD', info: { field, value } }),
    );
  });
});
