/** What `checkSupplement` walks a supplement past, and that those which `defineHeaderSupplement` makes are fit. */
import { beforeAll, describe, expect, it } from 'vitest';
import { defineHeaderSupplement, type SessionService } from '@jackfield/session';
import { checkSupplement } from '@jackfield/session/testing';
import { failuresOf, registering, TIMEOUT_MS } from './checked.ts';

describe('a supplement is walked past', { timeout: TIMEOUT_MS }, () => {
  const passed = new Set<string>();
  beforeAll(async () => {
    const register = registering({
      incomingRequest: (_session, { method }) => void passed.add(`hears ${method}`),
      outgoingRequest: (_session, { method }) => void passed.add(`sends ${method}`),
      incomingResponse: (_session, { status, request }) => void passed.add(`hears ${status} ${request.method}`),
      outgoingResponse: (_session, { status, request }) => void passed.add(`sends ${status} ${request.method}`),
    });
    expect(await failuresOf(register)).toBe('');
  }, TIMEOUT_MS);

  it.each(['INVITE', 'ACK', 'CANCEL', 'BYE', 'PRACK', 'UPDATE', 'INFO', 'REFER', 'NOTIFY', 'MESSAGE', 'OPTIONS'])(
    '%s, both ways',
    (method) => {
      expect(passed).toContain(`hears ${method}`);
      expect(passed).toContain(`sends ${method}`);
    },
  );

  it.each([401, 407, 422, 488, 491, 500])('%i that it hears, to INVITE, UPDATE and INFO, and sends', (status) => {
    for (const method of ['INVITE', 'UPDATE', 'INFO']) expect(passed).toContain(`hears ${status} ${method}`);
    expect(passed).toContain(`sends ${status} INVITE`);
  });

  it('488 and 491 of the core to what the peer changes', () => {
    expect(passed).toContain('sends 488 UPDATE');
    expect(passed).toContain('sends 491 UPDATE');
  });
});

describe('defineHeaderSupplement', { timeout: TIMEOUT_MS }, () => {
  it('makes supplements that are fit', async () => {
    const seen: string[] = [];
    const register = (sessions: SessionService) =>
      sessions.registerSupplement(
        defineHeaderSupplement({
          name: 'account',
          in: (headers, { method, status }) => void seen.push(`${method} ${status ?? ''} ${headers.get('X-Account') ?? ''}`),
          out: (headers, { session }) => headers.set('X-Account', session.endpoint.name),
        }),
      );
    expect((await checkSupplement(register, { memoryCalls: 0 })).failures).toEqual([]);
    expect(seen.length).toBeGreaterThan(50);
  });
});
