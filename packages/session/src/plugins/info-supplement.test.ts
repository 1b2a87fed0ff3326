import { HeaderList, isReply, parseUri, reply, type IncomingRequest } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import type { Session } from '../contract/session.ts';
import { defineInfoSupplement, type InfoHandler } from './info-supplement.ts';

const session = {} as Session;
function info(type: string | undefined, text = 'x', headers: Record<string, string> = {}): IncomingRequest {
  const body = type === undefined || text === '' ? undefined : { type, bytes: Buffer.from(text) };
  const list = new HeaderList({ ...(type !== undefined && { 'Content-Type': type }), ...headers });
  return { method: 'INFO', initial: false, uri: parseUri('sip:a@b')!, headers: list, body, signal: new AbortController().signal };
}

describe('defineInfoSupplement', () => {
  const heard: string[] = [];
  const hear: InfoHandler = (_session, content, _request, type) => void heard.push(`${type} ${Buffer.from(content).toString()}`);
  const supplement = defineInfoSupplement({
    name: 'router',
    handlers: {
      'Application/X-One': hear,
      'application/x-two': () => reply(486),
      'application/x-slow': () => Promise.resolve(),
      'application/x-later': () => 'later',
    },
  });
  const ask = (request: IncomingRequest): unknown => supplement.incomingRequest!(session, request);

  it('shows its types and its method, and asks for nothing else', () => {
    expect(supplement).toMatchObject({
      methods: ['INFO'],
      allow: ['INFO'],
      accept: ['application/x-one', 'application/x-two', 'application/x-slow', 'application/x-later'],
    });
  });

  it.each<{ what: string; request: IncomingRequest; answer: number | 'later' | undefined }>([
    { what: 'its handler, and 200 where that says nothing', request: info('application/x-one'), answer: 200 },
    { what: 'its handler, where the type has no bytes', request: info('Application/X-One; a=b', ''), answer: 200 },
    { what: 'what its handler says', request: info('application/x-two'), answer: 486 },
    { what: 'a handler that takes time', request: info('application/x-slow'), answer: 200 },
    { what: 'a handler that answers later', request: info('application/x-later'), answer: 'later' },
    { what: 'nobody here for another type', request: info('application/x-three'), answer: undefined },
    { what: 'nobody here without a type', request: info(undefined), answer: undefined },
    { what: 'nobody here in an info package', request: info('application/x-one', 'x', { 'Info-Package': 'p' }), answer: undefined },
  ])('gives an INFO to $what', async ({ request, answer }) => {
    const given = await ask(request);
    expect(isReply(given) ? given.status : given).toBe(answer);
  });

  it('gives the bytes and the type to the handler', () => {
    expect(heard).toEqual(['application/x-one x', 'application/x-one ']);
  });
});
