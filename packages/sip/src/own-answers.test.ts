import { SeededRandom } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { flowOf } from './testing/flow.ts';
import { CapabilityTable } from './capabilities.ts';
import { parseMessage } from './messages/parse.ts';
import type { SipRequest, SipResponse } from './messages/message.ts';
import { OwnAnswers } from './own-answers.ts';
import { requestText } from './testing/texts.ts';
import type { ServerTransaction } from './transactions/transaction.ts';

function request(method: string, to = '<sip:us@192.0.2.1>'): SipRequest {
  const script = {
    uri: 'sip:us@192.0.2.1',
    via: '192.0.2.2:5060',
    branch: 'z9hG4bK-1',
    from: '<sip:a@192.0.2.2>;tag=a',
    callId: '1',
    cseq: 1,
  };
  const verdict = parseMessage(Buffer.from(requestText(method, { ...script, to })));
  if (!verdict.ok || verdict.message.kind !== 'request') throw new Error('no request');
  return verdict.message;
}

function rig() {
  const capabilities = new CapabilityTable();
  const answers = new OwnAnswers(new SeededRandom(1), capabilities);
  const answered = (of: SipRequest, by: (transaction: ServerTransaction) => void): SipResponse => {
    const sent: SipResponse[] = [];
    by(asked(of, sent));
    expect(sent).toHaveLength(1);
    return sent[0]!;
  };
  return { capabilities, answers, answered };
}

/** As much of a transaction as an answer needs. */
function asked(of: SipRequest, sent: SipResponse[]): ServerTransaction {
  const respond = (response: SipResponse): void => void sent.push(response);
  return { request: of, flow: flowOf(), state: 'trying', user: undefined, answered: false, respond, resend: () => undefined };
}

describe('what the stack answers by itself', () => {
  it('has a To tag, another one for each, where the request has none', () => {
    const { answers, answered } = rig();
    const one = answered(request('MESSAGE'), (transaction) => answers.respond(transaction, 503, { headers: { 'Retry-After': '30' } }));
    const other = answered(request('MESSAGE'), (transaction) => answers.respond(transaction, 503));
    expect([one.status, one.headers.get('Retry-After')]).toEqual([503, '30']);
    expect(one.to.tag).toMatch(/^[\da-f]{16}$/);
    expect(other.to.tag).not.toBe(one.to.tag);
  });

  it.each([
    { status: 481, to: '<sip:us@192.0.2.1>;tag=there', tag: 'there', because: 'the request has one' },
    { status: 100, to: '<sip:us@192.0.2.1>', tag: undefined, because: 'a 100 wants none' },
  ])('has no tag of its own in a $status: $because', ({ status, to, tag }) => {
    const { answers, answered } = rig();
    expect(answered(request('MESSAGE', to), (transaction) => answers.respond(transaction, status)).to.tag).toBe(tag);
  });

  it('is 404 to what nobody took, and to OPTIONS what our packages can do', () => {
    const { answers, answered, capabilities } = rig();
    const untaken = (of: string): SipResponse => answered(request(of), (transaction) => answers.untaken(transaction));
    expect(untaken('MESSAGE').status).toBe(404);
    expect(['Allow', 'Accept', 'Supported'].map((name) => untaken('OPTIONS').headers.get(name))).toEqual(['OPTIONS', undefined, '']);
    capabilities.register({ allow: ['INFO'], accept: ['text/plain'], supported: ['timer'] });
    const { status, headers } = untaken('OPTIONS');
    expect(status).toBe(200);
    expect(['Allow', 'Accept', 'Supported'].map((name) => headers.get(name))).toEqual(['OPTIONS, INFO', 'text/plain', 'timer']);
  });
});

describe('what the parser refused, RFC 3261 §8.2.7', () => {
  const malformed = { ok: false, rule: 'cseq-syntax', offset: 0 } as const;

  it('gets the same answer as often as it comes, with what we allow where that is the matter', () => {
    const { answers } = rig();
    const [one, copy] = [400, 400].map((status) => answers.toMalformed({ ...malformed, status, request: request('MESSAGE') })!);
    expect([one!.status, one!.headers.get('Allow')]).toEqual([400, undefined]);
    expect([copy!.to.tag, copy!.headers.fields]).toEqual([one!.to.tag, one!.headers.fields]);
    expect(one!.to.tag).toBeDefined();
    for (const status of [405, 501]) {
      expect(answers.toMalformed({ ...malformed, status, request: request('MESSAGE') })?.headers.get('Allow')).toBe('OPTIONS');
    }
  });

  it.each([
    { what: 'an ACK', request: request('ACK'), status: 400 },
    { what: 'what is no request', request: undefined, status: 400 },
    { what: 'what no status is meant for', request: request('MESSAGE'), status: undefined },
  ])('gets none when it is $what', ({ request: of, status }) => {
    expect(rig().answers.toMalformed({ ...malformed, request: of, status })).toBeUndefined();
  });
});
