import { describe, expect, it } from 'vitest';
import { flowOf } from './testing/flow.ts';
import { Contacts } from './contact.ts';
import { composeInitial, planInitial } from './initial-request.ts';
import { HeaderList } from './messages/headers.ts';
import { parseNameAddrList } from './messages/name-addr.ts';
import { parseUri } from './messages/uri.ts';

const flow = flowOf();
const target = parseUri('sip:peer@192.0.2.2')!;
const secure = parseUri('sips:peer@192.0.2.2')!;
const headers = (more: Readonly<Record<string, string>> = {}): HeaderList =>
  new HeaderList({ From: '<sip:us@192.0.2.1>;tag=us', To: '<sip:peer@192.0.2.2>', 'Call-ID': '1', ...more });
const OURS = '<sip:192.0.2.1:5060>';

describe('a request outside a dialog, RFC 3261 §8.1.1', () => {
  it.each([
    { method: 'INVITE', given: undefined, contact: OURS, because: 'it makes a dialog' },
    { method: 'INVITE', given: '<sip:x@y>', contact: OURS, because: 'that of the flow leads to us' },
    { method: 'SUBSCRIBE', given: undefined, contact: OURS, because: 'it makes one too' },
    { method: 'SUBSCRIBE', given: '<sip:x@y>', contact: '<sip:x@y>', because: 'the user knows better' },
    { method: 'REGISTER', given: '<sip:x@y>', contact: '<sip:x@y>', because: 'it is what is registered' },
    { method: 'MESSAGE', given: undefined, contact: undefined, because: 'nothing comes back' },
  ])('$method with the Contact $given has $contact: $because', ({ method, given, contact }) => {
    const init = { headers: headers(given === undefined ? {} : { Contact: given }), sequence: 1 };
    expect(composeInitial(new Contacts(), method, target, init, flow).headers.get('Contact')).toBe(contact);
  });

  it.each([
    { calls: 'its target', to: secure, routes: [] },
    { calls: 'its first route', to: target, routes: parseNameAddrList(['<sips:proxy.example;lr>'])! },
  ])('shows a sips Contact where $calls is one (§8.1.1.8)', ({ to, routes }) => {
    const request = composeInitial(new Contacts(), 'INVITE', to, { headers: headers(), sequence: 1, routes }, flow);
    expect(request.headers.get('Contact')).toMatch(/^<sips:/);
  });

  it('is located as sips where its target is, whatever its route says (§8.1.2)', () => {
    const init = { headers: headers(), routes: parseNameAddrList(['<sip:proxy.example;lr>'])!, nextSequence: () => 1 };
    const [secured, plain] = [secure, target].map((to) => planInitial(new Contacts(), 'INVITE', to, init));
    expect([secured!.nextHop.toString(), plain!.nextHop.toString()]).toEqual(['sips:proxy.example;lr', 'sip:proxy.example;lr']);
    expect(secured!.compose(flow, 1).headers.get('Route')).toBe('<sip:proxy.example;lr>');
  });

  it.each(['From', 'To', 'Call-ID'])('is refused without %s', (header) => {
    const given = headers();
    given.delete(header);
    expect(() => composeInitial(new Contacts(), 'INVITE', target, { headers: given, sequence: 1 }, flow)).toThrow(
      expect.objectContaining({ code: 'SIP_HEADER_SYNTAX', info: { header } }),
    );
  });

  it.each([
    { given: undefined, written: '70' },
    { given: 68, written: '68' },
    { given: 0, written: '0' },
    { given: 255, written: '255' },
  ])('may go $given hops: Max-Forwards is $written, whatever its headers say', ({ given, written }) => {
    const init = { headers: headers({ 'Max-Forwards': '1' }), maxForwards: given };
    const one = composeInitial(new Contacts(), 'INVITE', target, { ...init, sequence: 1 }, flow);
    const planned = planInitial(new Contacts(), 'INVITE', target, { ...init, nextSequence: () => 1 }).compose(flow, 1);
    for (const { headers: wrote } of [one, planned]) expect(wrote.getAll('Max-Forwards')).toEqual([written]);
  });

  it.each([-1, 256, 1.5, Number.NaN])('may not go %s hops', (maxForwards) => {
    const refused = expect.objectContaining({ code: 'SIP_OPTION', info: { option: 'maxForwards' } }) as Error;
    const init = { headers: headers(), maxForwards };
    expect(() => composeInitial(new Contacts(), 'INVITE', target, { ...init, sequence: 1 }, flow)).toThrow(refused);
    expect(() => planInitial(new Contacts(), 'INVITE', target, { ...init, nextSequence: () => 1 })).toThrow(refused);
  });

  it('is located by its first route, and each copy has its number, the same body and what the user gave', () => {
    let sequence = 0;
    const routes = parseNameAddrList(['<sip:proxy.example;lr>'])!;
    const body = { type: 'text/plain', bytes: Buffer.from('hello') };
    const init = { headers: headers({ Subject: 'x' }), body, routes, repeats: 1, nextSequence: () => (sequence += 1) };
    const plan = planInitial(new Contacts(), 'MESSAGE', target, init);
    expect([plan.nextHop, plan.repeats, plan.digest]).toEqual([routes[0]!.uri, 1, undefined]);
    for (const number of [1, 2]) {
      const copy = plan.compose(flow, plan.nextSequence());
      expect([copy.cseq.sequence, copy.headers.get('Subject'), copy.headers.get('Route')]).toEqual([number, 'x', '<sip:proxy.example;lr>']);
      expect(copy.body?.bytes).toEqual(body.bytes);
    }
    expect(planInitial(new Contacts(), 'MESSAGE', target, { headers: headers(), nextSequence: () => 1 }).nextHop).toBe(target);
  });
});
