import { describe, expect, it } from 'vitest';
import { checkAnswer } from './check-answer.ts';
import type { Description, MediaSection } from './model.ts';

const media = (change: Partial<MediaSection> = {}): MediaSection => ({
  kind: 'audio',
  port: 4000,
  protocol: 'RTP/AVP',
  formats: ['0', '8'],
  lines: [],
  ...change,
});
const described = (...sections: MediaSection[]): Description => ({ lines: [], sections });
const VIDEO = media({ kind: 'video', formats: ['31'] });

describe('checkAnswer, RFC 3264 §6', () => {
  it.each<{ offer: Description; answer: Description; because: string }>([
    { offer: described(media()), answer: described(media({ port: 5000, formats: ['8'] })), because: 'a part is taken' },
    {
      offer: described(media()),
      answer: described(media({ formats: ['8', '0', '9'] })),
      because: 'order is a wish and more may be listed',
    },
    {
      offer: described(media(), VIDEO),
      answer: described(media(), { ...VIDEO, port: 0, protocol: 'x', formats: ['99'] }),
      because: 'a declined line says no more',
    },
    { offer: described({ ...media(), port: 0 }), answer: described({ ...media(), port: 0 }), because: 'a removed line stays removed' },
    {
      offer: described(media({ formats: ['111'], lines: ['a=rtpmap:111 opus/48000/2'] })),
      answer: described(media({ formats: ['96'], lines: ['a=rtpmap:96 opus/48000/2'] })),
      because: 'a codec may get another number',
    },
    {
      offer: described(media({ port: 0, lines: ['a=bundle-only'] })),
      answer: described(media()),
      because: 'a line offered in the bundle only has port 0',
    },
    {
      offer: described(media()),
      answer: described(media({ port: 0, lines: ['a=bundle-only'] })),
      because: 'and so may one that is answered so',
    },
    { offer: described(), answer: described(), because: 'there is no stream' },
    {
      offer: described(media({ lines: ['a=sendonly'] })),
      answer: described(media({ lines: ['a=inactive'] })),
      because: 'less is always allowed',
    },
  ])('finds nothing when $because', ({ offer, answer }) => {
    expect(checkAnswer(offer, answer)).toBeUndefined();
  });

  it.each<{ offer: Description; answer: Description; rule: string; section: number }>([
    { offer: described(media(), VIDEO), answer: described(media()), rule: 'section-count', section: 1 },
    { offer: described(media()), answer: described(media(), VIDEO), rule: 'section-count', section: 1 },
    { offer: described(media(), VIDEO), answer: described(VIDEO, media()), rule: 'kind', section: 0 },
    { offer: described(media(), VIDEO), answer: described(media(), media({ port: 0 })), rule: 'kind', section: 1 },
    { offer: described({ ...media(), port: 0 }), answer: described(media()), rule: 'port', section: 0 },
    { offer: described(media()), answer: described(media({ protocol: 'RTP/SAVP' })), rule: 'protocol', section: 0 },
    { offer: described(media()), answer: described(media({ formats: ['9', '18'] })), rule: 'formats', section: 0 },
    {
      offer: described(media({ kind: 'image', protocol: 'udptl', formats: ['t38'] })),
      answer: described(media({ kind: 'image', protocol: 'udptl', formats: ['x'] })),
      rule: 'formats',
      section: 0,
    },
    { offer: described(media({ lines: ['a=sendonly'] })), answer: described(media()), rule: 'direction', section: 0 },
    {
      offer: described(media({ lines: ['a=inactive'] })),
      answer: described(media({ lines: ['a=recvonly'] })),
      rule: 'direction',
      section: 0,
    },
  ])('finds $rule in section $section', ({ offer, answer, rule, section }) => {
    expect(checkAnswer(offer, answer)).toEqual({ rule, section });
  });

  it('reads directions of the session level on both sides', () => {
    const held = { lines: ['a=sendonly'], sections: [media()] };
    expect(checkAnswer(held, { lines: ['a=recvonly'], sections: [media()] })).toBeUndefined();
    expect(checkAnswer(held, { lines: ['a=sendrecv'], sections: [media()] })).toEqual({ rule: 'direction', section: 0 });
  });

  it('speaks of directions only when all else is right', () => {
    const offer = described(media({ lines: ['a=sendonly'] }), VIDEO);
    expect(checkAnswer(offer, described(media(), { ...VIDEO, formats: ['99'] }))).toEqual({ rule: 'formats', section: 1 });
  });
});
