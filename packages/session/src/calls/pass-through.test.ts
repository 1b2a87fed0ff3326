import { parseDescription, type Description } from '@jackfield/sdp';
import { describe, expect, it } from 'vitest';
import { passThrough } from './pass-through.ts';

function description(session: readonly string[], ...media: readonly string[]): Description {
  const verdict = parseDescription(['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', ...session, 't=0 0', ...media, ''].join('\r\n'));
  if (!verdict.ok) throw new Error(verdict.rule);
  return verdict.description;
}

const C = 'c=IN IP4 192.0.2.9';
const AUDIO = 'm=audio 4000 RTP/AVP 0';
const lines = (source: Description): (readonly string[])[] => passThrough(source).map(({ section }) => section!.lines);

describe('the streams of one leg for another', () => {
  it.each<{ session: string[]; media: string[]; said: string[][]; because: string }>([
    { session: [C], media: [AUDIO], said: [[C, 'a=sendrecv']], because: 'c= of all is that of each' },
    {
      session: [C],
      media: [AUDIO, 'c=IN IP4 192.0.2.1'],
      said: [['c=IN IP4 192.0.2.1', 'a=sendrecv']],
      because: 'c= of its own comes first',
    },
    { session: [C, 'a=sendonly'], media: [AUDIO], said: [[C, 'a=sendonly']], because: 'the direction of all is that of each' },
    {
      session: [C, 'a=inactive'],
      media: [AUDIO, 'a=recvonly', 'm=video 4002 RTP/AVP 99'],
      said: [
        [C, 'a=recvonly'],
        [C, 'a=inactive'],
      ],
      because: 'a direction of its own counts more',
    },
    {
      session: [C, 'a=ice-ufrag:u', 'a=ice-pwd:p', 'a=fingerprint:sha-256 AB', 'a=setup:actpass'],
      media: [AUDIO, 'a=fingerprint:sha-256 CD'],
      said: [[C, 'a=ice-ufrag:u', 'a=ice-pwd:p', 'a=setup:actpass', 'a=fingerprint:sha-256 CD', 'a=sendrecv']],
      because: 'keys and ICE of all are those of each, unless it has its own',
    },
    {
      session: [C, 'a=fingerprint:sha-1 AB', 'a=fingerprint:sha-256 CD', 'a=ptime:30', 'a=rtpmap:96 opus/48000/2'],
      media: [AUDIO],
      said: [[C, 'a=fingerprint:sha-1 AB', 'a=fingerprint:sha-256 CD', 'a=sendrecv']],
      because: 'each of them does, and what means nothing up there does not',
    },
    {
      session: [C, 'a=group:BUNDLE 0', 'a=tool:x', 'a=ice-lite', 'a=msid-semantic:WMS *', 'b=AS:64'],
      media: [AUDIO, 'a=mid:0'],
      said: [[C, 'a=mid:0', 'a=sendrecv']],
      because: 'what is said of the whole is not of a stream',
    },
    {
      session: [C],
      media: ['m=audio 4000 RTP/AVP 0', 'b=AS:64', 'a=sendonly', 'a=ptime:20'],
      said: [[C, 'b=AS:64', 'a=sendonly', 'a=ptime:20']],
      because: 'its lines keep their places',
    },
    {
      session: [C, 'a=setup:active'],
      media: ['m=audio 4000 RTP/AVP 0', 'i=of the door', 'b=AS:64'],
      said: [['i=of the door', C, 'b=AS:64', 'a=setup:active', 'a=sendrecv']],
      because: 'RFC 8866 §5 has an order of lines',
    },
    {
      session: [C, 'a=sendonly'],
      media: ['m=audio 0 RTP/AVP 0'],
      said: [[C, 'a=sendonly']],
      because: 'of a declined line nothing is heard',
    },
  ])('$session, $media: $said: $because', ({ session, media, said }) => {
    expect(lines(description(session, ...media))).toEqual(said);
  });

  it('changes nothing of what it is given', () => {
    const source = description([C, 'a=sendonly'], AUDIO);
    const before = structuredClone(source);
    passThrough(source);
    expect(source).toEqual(before);
  });
});
