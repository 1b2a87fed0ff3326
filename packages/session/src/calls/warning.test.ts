import { SipError } from '@jackfield/base';
import { readWarnings, HeaderList } from '@jackfield/sip';
import { expect, it } from 'vitest';
import { addHeaders } from './draft.ts';
import { withWarning } from './warning.ts';

const unusable = new SipError('SESSION_NEGOTIATION', 'nothing', { rule: 'nothing-claimed', warning: 304 });

function agentAt(host: string): string | undefined {
  const headers = new HeaderList();
  addHeaders(headers, withWarning({}, 488, unusable, { flow: { advertised: { host, port: 5060 } } }).headers);
  return readWarnings(headers)[0]?.agent;
}

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['pbx.example.com', 'pbx.example.com'],
  ['2001:db8::1', '[2001:db8::1]'],
  ['fe80::1%eth0', '[fe80::1]'],
])('who is reached at %s warns as %s', (host, agent) => {
  expect(agentAt(host)).toBe(agent);
});

it('headers that are there stay', () => {
  const init = { headers: { 'X-Why': 'codec' }, reason: 'No' };
  expect(withWarning(init, 488, unusable, { flow: { advertised: { host: 'a', port: 1 } } })).toEqual({
    reason: 'No',
    headers: { 'X-Why': 'codec', Warning: '304 a "Media type not available"' },
  });
  expect(withWarning(init, 500, unusable, { flow: { advertised: { host: 'a', port: 1 } } })).toBe(init);
});
