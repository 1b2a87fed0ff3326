/** Options of the stack outside their range: SIP_OPTION, which names them, when it is made. */
import { createSipStack, udp, type SipStackOptions } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';

const make = (options: Partial<SipStackOptions>): unknown => createSipStack({ transports: [udp({ port: 5060 })], ...options });

describe('options of the stack', () => {
  const NUMBERS: Readonly<Record<string, (value: number) => Partial<SipStackOptions>>> = {
    serviceDeadlineMs: (value) => ({ serviceDeadlineMs: value }),
    laterMs: (value) => ({ laterMs: value }),
    maxBodyBytes: (value) => ({ limits: { maxBodyBytes: value } }),
    maxConnections: (value) => ({ maxConnections: value }),
    maxConnectionsPerHost: (value) => ({ maxConnectionsPerHost: value }),
  };

  it.each(Object.keys(NUMBERS).flatMap((option) => [0, -5, 1.5, Number.NaN].map((value) => ({ option, value }))))(
    '$option $value is refused',
    ({ option, value }) => {
      expect(() => make(NUMBERS[option]!(value))).toThrow(expect.objectContaining({ code: 'SIP_OPTION', info: { option } }));
    },
  );

  it('one transport twice is refused, and two of a kind are not', () => {
    const once = udp({ port: 0 });
    expect(() => make({ transports: [once, once] })).toThrow(
      expect.objectContaining({ code: 'SIP_OPTION', info: { option: 'transports' } }),
    );
    expect(() => make({ transports: [once, udp({ port: 0 })] })).not.toThrow();
  });

  it('one credential without its list is refused', () => {
    const credentials = { username: 'alice', password: 'wonderland' } as unknown as [];
    for (const given of [credentials, { credentials }])
      expect(() => make({ credentials: given })).toThrow(expect.objectContaining({ code: 'SIP_OPTION', info: { option: 'credentials' } }));
  });

  it('UDP without a port is refused', () => {
    expect(() => udp({} as { port: number })).toThrow(expect.objectContaining({ code: 'SIP_OPTION', info: { option: 'port' } }));
  });

  it.each(Object.keys(NUMBERS))('%s may be 1', (option) => {
    expect(() => make(NUMBERS[option]!(1))).not.toThrow();
  });
});
