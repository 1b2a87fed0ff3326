import { parseDescription, type Description } from '@jackfield/sdp';
import { expect, it } from 'vitest';
import { KeptDescription } from './kept-description.ts';

const TEXT = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 4000/2 RTP/AVP 0 96',
  'a=rtpmap:96 opus/48000/2',
  'm=video 0 RTP/SAVPF 97',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'a=sctp-port:5000',
  '',
].join('\r\n');

function parsed(): Description {
  const verdict = parseDescription(TEXT);
  if (!verdict.ok) throw new Error(verdict.rule);
  return verdict.description;
}

it('says after a rest what it said before, to the letter', () => {
  const before = parsed();
  const kept = new KeptDescription(before);
  expect(kept.description).toBe(before);
  kept.rest();
  expect(kept.description).not.toBe(before);
  expect(kept.description).toEqual(before);
  expect(kept.text).toBe(TEXT);
  kept.rest();
  expect(kept.description).toEqual(before);
});

it('keeps what came as it came, whatever its line ends and its length', () => {
  const lines = Array.from({ length: 1500 }, (_, at) => `a=x:${at}`);
  const text = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 't=0 0', 'm=audio 4000 RTP/AVP 0', ...lines].join('\n');
  const verdict = parseDescription(Buffer.from(text), { maxLines: 2000 });
  if (!verdict.ok) throw new Error(verdict.rule);
  const kept = new KeptDescription(verdict.description);
  kept.rest();
  expect(kept.text).toBe(text);
  expect(kept.description).toEqual(verdict.description);
});

it('writes one that was changed after it was read', () => {
  const before = { ...parsed(), sections: [] };
  const kept = new KeptDescription(before);
  kept.rest();
  expect(kept.text).toBe(TEXT.slice(0, TEXT.indexOf('m=')));
  expect(kept.description).toEqual(before);
});

it('keeps lines that nobody would parse', () => {
  const odd: Description = {
    lines: ['v=0', 'x=of a handler'],
    sections: [{ kind: 'text', port: 0, protocol: 'TCP', formats: [], lines: ['q=?'] }],
  };
  const kept = new KeptDescription(odd);
  kept.rest();
  expect(kept.description).toEqual(odd);
});
