import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Framer, type FramerUser } from './framer.ts';
import type { DropCause } from './transport.ts';

class Sink implements FramerUser {
  readonly messages: string[] = [];
  pings = 0;
  pongs = 0;
  end: { readonly head: string; readonly status: number; readonly cause: DropCause } | undefined;
  framed(bytes: Uint8Array): void {
    this.messages.push(Buffer.from(bytes).toString('latin1'));
  }
  pinged(): void {
    this.pings += 1;
  }
  ponged(): void {
    this.pongs += 1;
  }
  broken(head: Uint8Array, status: number, cause: DropCause): void {
    this.end = { head: Buffer.from(head).toString('latin1'), status, cause };
  }
}

const LIMITS = { maxHeadBytes: 400, maxMessageBytes: 1000 };

function frame(pieces: readonly string[], limits = LIMITS): { sink: Sink; framer: Framer } {
  const sink = new Sink();
  const framer = new Framer(limits, sink);
  for (const piece of pieces) framer.push(Buffer.from(piece, 'latin1'));
  return { sink, framer };
}

const message = (body: string, header = `Content-Length: ${body.length}`): string =>
  `INFO sip:a@b SIP/2.0\r\nVia: x\r\n${header}\r\n\r\n${body}`;

const messages = fc.array(
  fc.record({
    body: fc.oneof(fc.string({ unit: 'binary-ascii', maxLength: 60 }), fc.constantFrom('\r\n\r\n', 'a\r\n\r\nb', '\r', message('nested'))),
    name: fc.constantFrom('Content-Length', 'content-length', 'CONTENT-LENGTH', 'l', 'L'),
    colon: fc.constantFrom(':', ': ', ' : ', '\t:\t', ':\r\n '),
    blank: fc.constantFrom('', '\r\n', '\r\n\r\n', '\r\n\r\n\r\n'),
  }),
  { maxLength: 5 },
);

describe('Framer, RFC 3261 §18.3', () => {
  it('finds three messages wherever the stream is cut once', () => {
    const texts = [message('first\r\n\r\n'), message(''), message('third', 'l : 5')];
    const stream = `\r\n\r\n${texts.join('\r\n\r\n')}`;
    for (let at = 0; at <= stream.length; at += 1) {
      const { sink } = frame([stream.slice(0, at), stream.slice(at)]);
      expect(sink).toMatchObject({ messages: texts, end: undefined });
    }
  });

  it('takes the first CRLF after a ping of ours for its pong, and for nothing else', () => {
    const { sink, framer } = frame([message('')]);
    for (const pieces of [['\r\n'], ['\r', '\n']]) {
      framer.expectPong();
      for (const piece of pieces) framer.push(Buffer.from(piece));
    }
    expect(sink).toMatchObject({ pongs: 2, pings: 0 });
    framer.push(Buffer.from('\r\n\r\n'));
    expect(sink).toMatchObject({ pongs: 2, pings: 1 });
  });

  it('finds the same messages and keeps-alive however the stream is cut', () => {
    fc.assert(
      fc.property(messages, fc.array(fc.nat(600), { maxLength: 20 }), (list, cuts) => {
        const texts = list.map(({ body, name, colon }) => message(body, `${name}${colon}${body.length}`));
        const stream = list.map(({ blank }, at) => blank + texts[at]!).join('');
        const places = [0, ...cuts.filter((cut) => cut < stream.length).toSorted((a, b) => a - b), stream.length];
        const pieces = places.slice(1).map((place, at) => stream.slice(places[at], place));
        for (const cut of [[stream], pieces, stream.split('')]) {
          const { sink, framer } = frame(cut);
          expect(sink.messages).toEqual(texts);
          expect(sink.end).toBeUndefined();
          expect(framer.half).toBe(0);
        }
        expect(frame(stream.split('')).sink.pings).toBe(list.filter(({ blank }) => blank.length >= 4).length);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    { name: 'no Content-Length', text: message('', 'X: 1'), status: 400, cause: 'framing' },
    { name: 'a Content-Length that is no number', text: message('', 'Content-Length: ten'), status: 400, cause: 'framing' },
    { name: 'an empty one', text: message('', 'Content-Length:'), status: 400, cause: 'framing' },
    { name: 'a negative one', text: message('', 'Content-Length: -1'), status: 400, cause: 'framing' },
    { name: 'a number and more', text: message('', 'Content-Length: 1 2'), status: 400, cause: 'framing' },
    { name: 'two that differ', text: message('', 'Content-Length: 0\r\nl: 5'), status: 400, cause: 'framing' },
    { name: 'a body over the limit', text: message('', 'Content-Length: 1000'), status: 513, cause: 'too-large' },
    { name: 'a body beyond all numbers', text: message('', `Content-Length: ${'9'.repeat(40)}`), status: 513, cause: 'too-large' },
    { name: 'a header block over the limit', text: message('', `X: ${'x'.repeat(400)}\r\nl: 0`), status: 513, cause: 'too-large' },
    { name: 'a header block without an end', text: `INFO sip:a@b SIP/2.0\r\nX: ${'x'.repeat(400)}`, status: 513, cause: 'too-large' },
    { name: 'a start line alone', text: 'INFO sip:a@b SIP/2.0\r\n\r\n', status: 400, cause: 'framing' },
  ])('stops at $name, however it is cut, and hears nothing after it', ({ text, status, cause }) => {
    const good = message('first');
    for (const pieces of [[good + text + good], [good, text, good], (good + text + good).split('')]) {
      const { sink, framer } = frame(pieces);
      expect(sink.messages).toEqual([good]);
      expect(sink.end).toMatchObject({ status, cause });
      expect((text + good).startsWith(sink.end!.head)).toBe(true);
      expect(framer.half).toBe(0);
    }
  });

  it.each([
    { name: 'two that agree', header: 'Content-Length: 2\r\nl: 2' },
    { name: 'leading zeros', header: 'l: 0002' },
    { name: 'blanks behind it', header: 'l: 2 \t' },
    { name: 'a name that only begins like it', header: 'Content-Length-Of: 9\r\nContent-Length: 2' },
    { name: 'another header that begins with l', header: 'Location: 9\r\nl: 2' },
  ])('takes $name', ({ header }) => {
    expect(frame([message('ab', header)]).sink.messages).toEqual([message('ab', header)]);
  });

  it('takes a message of exactly the limits', () => {
    const head = message('', `X: ${'x'.repeat(400)}`).length - 400;
    const header = `Content-Length: 600\r\nX: ${'x'.repeat(400 - head - 'Content-Length: 600\r\n'.length)}`;
    const text = message('b'.repeat(600), header);
    expect(text).toHaveLength(1000);
    expect(frame([text]).sink.messages).toEqual([text]);
    expect(frame(text.split('')).sink.messages).toEqual([text]);
  });

  it('answers a flood of keep-alives that comes in one piece once', () => {
    const { sink } = frame(['\r\n\r\n'.repeat(1000), message('')]);
    expect(sink.pings).toBe(1);
    expect(sink.messages).toHaveLength(1);
  });

  it('takes a lone CRLF for nothing', () => {
    expect(frame(['\r\n', message(''), '\r\n']).sink.pings).toBe(0);
  });

  it('tells one half message from the next', () => {
    const text = message('body');
    const { framer } = frame([text.slice(0, 10)]);
    const first = framer.half;
    expect(first).toBeGreaterThan(0);
    framer.push(Buffer.from(text.slice(10, 20)));
    expect(framer.half).toBe(first);
    framer.push(Buffer.from(text.slice(20) + text.slice(0, 5)));
    expect(framer.half).not.toBe(first);
    expect(framer.half).toBeGreaterThan(0);
    framer.push(Buffer.from(text.slice(5)));
    expect(framer.half).toBe(0);
  });

  it('hands out no bytes that change later', () => {
    const views: Uint8Array[] = [];
    const framer = new Framer(LIMITS, { framed: (bytes) => views.push(bytes), pinged() {}, ponged() {}, broken() {} });
    const texts = Array.from({ length: 20 }, (_, at) => message(String(at).repeat(20)));
    for (const byte of Buffer.from(texts.join(''))) framer.push(Buffer.of(byte));
    expect(views.map((view) => Buffer.from(view).toString())).toEqual(texts);
  });

  it('hears nothing once it is stopped, from inside a message too', () => {
    const seen: string[] = [];
    const framer: Framer = new Framer(LIMITS, {
      framed(bytes) {
        seen.push(Buffer.from(bytes).toString());
        framer.stop();
      },
      pinged() {},
      ponged() {},
      broken() {},
    });
    framer.push(Buffer.from(message('one') + message('two')));
    framer.push(Buffer.from(message('three')));
    expect(seen).toEqual([message('one')]);
  });
});
