import { describe, expect, it } from 'vitest';
import type { SipRequest, SipResponse } from '../../src/messages/message.ts';
import type { Uri } from '../../src/messages/model.ts';
import type { Party } from '../../src/messages/name-addr.ts';
import type { Parameters } from '../../src/messages/parameters.ts';
import { splitMultipart } from '../../src/messages/multipart.ts';
import { parseMessage } from '../../src/messages/parse.ts';
import { SipUri } from '../../src/messages/uri.ts';
import { writeMessage } from '../../src/messages/write.ts';
import { type AddressFacts, type Facts, tortureCases, undocumented, type UriFacts } from './load.ts';

/** Well-formed as they are, these are for the layers above to refuse: method, scheme, extension, body or Accept. */
const FOR_LAYERS_ABOVE = new Set(['intmeth', 'esc02', 'unkscm', 'novelsc', 'unksm2', 'bext01', 'invut', 'regaut01', 'sdp01']);

/** Of the messages that a server may repair or refuse (`either`), those that are taken. */
const REPAIRED = new Set(['baddate', 'badbranch', 'regbadct']);

// oxlint-disable-next-line no-control-regex -- T-08 is about control characters
const sanitised = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f]/g, '\ufffd');

const bare = (value: string | null): string | undefined =>
  value === null ? undefined : value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value;

function checkParameters(parameters: Parameters, facts: readonly (readonly [string, string | null])[]): void {
  expect([...parameters.entries()]).toEqual(facts.map(([name, value]) => [name, bare(value)]));
}

function checkUri(uri: Uri, facts: UriFacts): void {
  expect(uri.toString()).toBe(facts.raw);
  expect(uri.scheme).toBe(facts.scheme);
  if (!(uri instanceof SipUri)) return;
  expect({ user: uri.user, password: uri.password, host: uri.host, port: uri.port, headers: uri.headers }).toEqual({
    user: facts.user ?? undefined,
    password: facts.password ?? undefined,
    host: facts.host,
    port: facts.port ?? undefined,
    headers: facts.headers ?? undefined,
  });
  checkParameters(uri.parameters, facts.params);
}

function checkAddress(party: Party, facts: AddressFacts): void {
  expect(party.displayName).toBe(facts.display === null ? undefined : sanitised(facts.display));
  checkUri(party.uri, facts.uri);
  checkParameters(party.parameters, facts.params);
  if (facts.tag !== undefined) expect(party.tag).toBe(facts.tag ?? undefined);
}

function checkAddresses(parties: readonly Party[] | '*' | undefined, facts: readonly AddressFacts[]): void {
  if (parties === '*') throw new Error('no message has a Contact of *');
  expect(parties?.length ?? 0).toBe(facts.length);
  for (const [at, party] of (parties ?? []).entries()) checkAddress(party, facts[at]!);
}

function checkFacts(message: SipRequest | SipResponse, facts: Facts): void {
  expect(message.kind).toBe(facts.kind);
  if (message.kind === 'request') {
    expect(message.method).toBe(facts.method);
    checkUri(message.uri, facts.requestUri!);
  } else {
    expect([message.status, message.reason]).toEqual([facts.status, facts.reason]);
  }
  expect(message.vias.length).toBe(facts.viaCount);
  expect(message.vias.map(({ transport, host, port, branch }) => ({ transport, host, port, branch }))).toEqual(
    facts.vias!.map(({ transport, host, port, branch }) => ({ transport, host, port: port ?? undefined, branch: branch ?? undefined })),
  );
  for (const [at, via] of message.vias.entries()) checkParameters(via.parameters, facts.vias![at]!.params);
  expect(message.via.toString()).toBe(message.vias[0]!.toString());
  checkAddress(message.from, facts.from!);
  checkAddress(message.to, facts.to!);
  if (facts.contacts !== undefined) checkAddresses(message.contacts, facts.contacts);
  checkAddresses(message.routes, facts.routes ?? []);
  checkAddresses(message.recordRoutes, facts.recordRoutes ?? []);
  expect(message.callId).toBe(facts.callId);
  expect(message.cseq).toEqual({ sequence: facts.cseq!.number, method: facts.cseq!.method });
  expect(message.maxForwards).toBe(facts.maxForwards);
  expect(message.content.length).toBe(facts.bodyLength);
}

describe('RFC 4475, every message', () => {
  it('has 49 of them', () => {
    expect(tortureCases.length).toBe(49);
  });

  it.each(tortureCases)('$name ($section, $title): $uas.verdict', ({ name, bytes, kind, valid, uas, facts, headersUnfolded }) => {
    const verdict = parseMessage(bytes);
    const taken = valid || REPAIRED.has(name);
    expect(verdict.ok).toBe(taken);
    if (verdict.ok) {
      expect(uas.verdict === 'reject' && !FOR_LAYERS_ABOVE.has(name)).toBe(false);
      checkFacts(verdict.message, facts);
      const plain = (text: string): string => text.replaceAll(/[ \t]+/g, ' ').replaceAll('\0', '\ufffd');
      expect([...verdict.message.headers.entries()].map(([, value]) => plain(value))).toEqual(headersUnfolded.map(([, value]) => plain(value)));
      expect([...verdict.message.headers.names()].length).toBe(new Set(headersUnfolded.map(([header]) => header.toLowerCase())).size);
    } else if (kind === 'response') {
      expect(verdict.status).toBeUndefined();
    } else {
      expect(uas.acceptableStatus).toContain(verdict.status);
      expect(verdict.request?.method).toBe(facts.method);
      expect(verdict.request?.via.host).toBeDefined();
    }
  });

  it('refuses the one that the RFC does not speak of', () => {
    expect(parseMessage(undocumented)).toMatchObject({ ok: false });
  });

  it.each(tortureCases.filter(({ transports }) => transports === undefined))('$name is judged on a stream as in a datagram', ({ bytes }) => {
    expect(parseMessage(bytes, { stream: true }).ok).toBe(parseMessage(bytes).ok);
  });

  it('gives the rule that was broken', () => {
    const rules = tortureCases.flatMap(({ name, bytes }) => {
      const verdict = parseMessage(bytes);
      return verdict.ok ? [] : [`${name}: ${verdict.rule} ${verdict.status ?? 'drop'}`];
    });
    expect(rules).toMatchInlineSnapshot(`
      [
        "badinv01: via-syntax 400",
        "clerr: body-length 400",
        "ncl: content-length 400",
        "scalar02: max-forwards 400",
        "scalarlg: cseq-syntax drop",
        "quotbal: to-syntax 400",
        "ltgtruri: request-uri-syntax 400",
        "lwsruri: request-uri-syntax 400",
        "lwsstart: request-uri-syntax 400",
        "trws: start-line 400",
        "escruri: request-uri-headers 400",
        "badaspec: to-syntax 400",
        "baddn: head-end 400",
        "badvers: version 505",
        "mismatch01: cseq-method 400",
        "mismatch02: cseq-method 400",
        "bigcode: status-code drop",
        "insuf: from-missing 400",
        "multi01: header-repeated 400",
        "mcl01: header-repeated 400",
      ]
    `);
  });

  it.each(tortureCases)('$name cut at every byte gives a verdict', ({ bytes }) => {
    for (let length = 0; length < bytes.length; length += 1) {
      const verdict = parseMessage(bytes.subarray(0, length));
      if (verdict.ok) writeMessage(verdict.message);
      else if (verdict.request !== undefined) writeMessage(verdict.request);
    }
  });

  it.each(tortureCases.filter(({ valid }) => valid))('$name comes back field for field as it came', ({ bytes }) => {
    const verdict = parseMessage(bytes);
    if (!verdict.ok) throw new Error(verdict.rule);
    const written = writeMessage(verdict.message);
    const again = parseMessage(written);
    if (!again.ok) throw new Error(again.rule);
    expect(again.message.content.length).toBe(verdict.message.content.length);
    expect(writeMessage(again.message).equals(written)).toBe(true);
    const lines = (from: Buffer): string[] =>
      from
        .toString('latin1')
        .split('\r\n\r\n')[0]!
        .split('\r\n')
        .filter((line) => !/^(?:content-length|l)\s*:/i.test(line));
    expect(lines(written)).toEqual(lines(bytes));
  });

  it('has a multipart body of two parts, the second one binary (§3.1.1.11)', () => {
    const verdict = parseMessage(tortureCases.find(({ name }) => name === 'mpart01')!.bytes);
    const parts = verdict.ok ? splitMultipart(verdict.message.body!) : undefined;
    expect(parts?.map(({ body }) => body.type)).toEqual(['text/plain', 'application/octet-stream']);
    expect(parts?.[1]?.headers.get('Content-Transfer-Encoding')).toBe('binary');
    expect(parts?.[1]?.body.bytes.includes(0)).toBe(true);
  });
});
