import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeaderList } from '../../src/messages/headers.ts';
import { SipRequest, SipResponse } from '../../src/messages/message.ts';
import { parseMessage } from '../../src/messages/parse.ts';
import { parseUri } from '../../src/messages/uri.ts';
import { writeMessage } from '../../src/messages/write.ts';
import { oneOf, token } from './grammar.ts';
import { messageModel, type MessageModel } from './messages.ts';
import { holds, TIMEOUT } from './settings.ts';

function parsed(bytes: Uint8Array, stream = false): SipRequest | SipResponse {
  const verdict = parseMessage(bytes, { stream });
  if (!verdict.ok) throw new Error(`${verdict.rule} at ${verdict.offset}: ${JSON.stringify(Buffer.from(bytes).toString('latin1'))}`);
  return verdict.message;
}

const fieldsOf = (message: SipRequest | SipResponse): (readonly [string, string])[] =>
  [...message.headers.entries()].filter(([name]) => !/^(?:content-length|l)$/i.test(name));

function compare(message: SipRequest | SipResponse, model: MessageModel): void {
  expect(message.kind).toBe(model.kind);
  if (message.kind === 'request') expect([message.method, message.uri.toString()]).toEqual([model.method, model.uri]);
  else expect([message.status, message.reason]).toEqual([model.status, model.reason]);
  expect(fieldsOf(message)).toEqual(model.headers);
  expect(message.callId).toBe(model.callId);
  expect(message.cseq).toEqual({ sequence: model.sequence, method: model.method });
  expect(message.maxForwards).toBe(model.maxForwards);
  expect(message.vias.length).toBe(model.vias);
  expect(message.contactsMalformed).toBe(false);
  expect(Buffer.compare(message.content, model.body)).toBe(0);
}

describe('any valid message', { timeout: TIMEOUT }, () => {
  it('is read as it was meant, from a datagram and from a stream', () => {
    holds(messageModel(), (model) => {
      compare(parsed(model.bytes), model);
      compare(parsed(model.bytes, true), model);
    });
  });

  it('keeps every header, its value and its order when it is written again', () => {
    holds(messageModel(), (model) => {
      const written = writeMessage(parsed(model.bytes));
      compare(parsed(written, true), model);
      expect(writeMessage(parsed(written)).equals(written)).toBe(true);
    });
  });

  it('is found by any spelling of a name', () => {
    holds(messageModel(), (model) => {
      const { headers } = parsed(model.bytes);
      for (const [name] of model.headers) {
        const all = headers.getAll(name);
        expect(headers.getAll(name.toUpperCase())).toEqual(all);
        expect(headers.get(name.toLowerCase())).toBe(all[0]);
        expect(headers.has(name)).toBe(true);
      }
    });
  });

  it('is read as before when it was read in another order first', () => {
    holds(messageModel(), (model) => {
      const first = parsed(model.bytes);
      const other = parsed(Buffer.from(model.bytes));
      expect([other.contacts?.toString(), other.routes.map(String), other.vias.map(String)]).toEqual([
        first.contacts?.toString(),
        first.routes.map(String),
        first.vias.map(String),
      ]);
      expect([String(first.from), first.from.tag, String(first.to)]).toEqual([String(other.from), other.from.tag, String(other.to)]);
    });
  });

  it('cut short of its end is never taken for a whole one on a stream', () => {
    holds(fc.tuple(messageModel(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), ([model, share]) => {
      expect(parseMessage(model.bytes.subarray(0, Math.floor(model.bytes.length * share)), { stream: true }).ok).toBe(false);
    });
  });
});

describe('any message that the program makes', { timeout: TIMEOUT }, () => {
  const value = fc.string({ unit: oneOf('abc XYZ,;:<>"@=?/\\%\té字🎷'), maxLength: 20 }).map((text) => text.trim());
  const fields = fc.array(
    fc.tuple(
      token.map((name) => `X-${name}`),
      value,
    ),
    { maxLength: 6 },
  );
  const body = fc.option(fc.uint8Array({ minLength: 1, maxLength: 50 }), { nil: undefined });

  it('is read as it was made', () => {
    holds(fc.tuple(messageModel(), fields, body), ([model, more, bytes]) => {
      const headers = new HeaderList();
      for (const [name, text] of [...model.headers, ...more]) if (!/^(?:content-type|c)$/i.test(name)) headers.add(name, text);
      const content = bytes && { type: 'application/x-bytes', bytes };
      const made =
        model.kind === 'request'
          ? new SipRequest(model.method, parseUri(model.uri)!, headers, content)
          : new SipResponse(model.status, model.reason, headers, content);
      const read = parsed(writeMessage(made));
      expect(fieldsOf(read)).toEqual([...made.headers.entries()]);
      expect(Buffer.compare(read.content, bytes ?? new Uint8Array(0))).toBe(0);
      expect(read.body?.type).toBe(content?.type);
      if (read.kind === 'request' && made.kind === 'request') {
        expect([read.method, read.uri.toString()]).toEqual([made.method, made.uri.toString()]);
      } else if (read.kind === 'response' && made.kind === 'response') {
        expect([read.status, read.reason]).toEqual([made.status, made.reason]);
      } else throw new Error('another kind of message came back');
    });
  });
});
