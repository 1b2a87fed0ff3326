import { describe, expect, it } from 'vitest';
import { parseNameAddrList } from '../messages/name-addr.ts';
import { parseUri } from '../messages/uri.ts';
import { routeTo } from './route-set.ts';

const route = (target: string, routes: string[]) => {
  const { requestUri, routes: values, nextHop } = routeTo(parseUri(target)!, parseNameAddrList(routes)!);
  return { requestUri: requestUri.toString(), routes: values, nextHop: nextHop.toString() };
};

describe('the way of a request in a dialog, RFC 3261 §12.2.1.1', () => {
  it('leads to the target where there is no route set', () => {
    expect(route('sip:bob@192.0.2.4', [])).toEqual({ requestUri: 'sip:bob@192.0.2.4', routes: [], nextHop: 'sip:bob@192.0.2.4' });
  });

  it('leads over loose routers, in order', () => {
    expect(route('sip:bob@192.0.2.4', ['<sip:p1.example.com;lr>', '<sip:p2.example.com;lr>'])).toEqual({
      requestUri: 'sip:bob@192.0.2.4',
      routes: ['<sip:p1.example.com;lr>', '<sip:p2.example.com;lr>'],
      nextHop: 'sip:p1.example.com;lr',
    });
  });

  it('puts a strict router into the Request-URI and the target at the end of the route', () => {
    expect(route('sip:bob@192.0.2.4', ['<sip:p1.example.com>', '<sip:p2.example.com;lr>'])).toEqual({
      requestUri: 'sip:p1.example.com',
      routes: ['<sip:p2.example.com;lr>', '<sip:bob@192.0.2.4>'],
      nextHop: 'sip:p1.example.com',
    });
  });

  it.each([
    { target: 'sips:bob@192.0.2.4', routes: ['<sip:p1.example.com:5070;lr>'], nextHop: 'sips:p1.example.com:5070;lr' },
    { target: 'sips:bob@192.0.2.4', routes: ['<sip:p1.example.com>'], nextHop: 'sips:p1.example.com' },
    { target: 'sips:bob@192.0.2.4', routes: ['<sips:p1.example.com;lr>'], nextHop: 'sips:p1.example.com;lr' },
    { target: 'sip:bob@192.0.2.4', routes: ['<sips:p1.example.com;lr>'], nextHop: 'sips:p1.example.com;lr' },
    { target: 'sip:bob@192.0.2.4', routes: ['<sip:p1.example.com;lr>'], nextHop: 'sip:p1.example.com;lr' },
  ])('of $target over $routes begins at $nextHop: who calls for sips gets no clear text (§8.1.2)', ({ target, routes, nextHop }) => {
    expect(route(target, routes).nextHop).toBe(nextHop);
  });

  it('takes off a strict router what a Request-URI must not carry', () => {
    expect(route('sip:bob@192.0.2.4', ['<sip:p1.example.com;method=INVITE;x=1?Subject=a>']).requestUri).toBe('sip:p1.example.com;x=1');
  });
});
