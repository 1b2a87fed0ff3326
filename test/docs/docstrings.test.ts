import { describe, expect, it } from 'vitest';
import { declarationOf, docstringBefore, entries, exportsOf, membersOf } from './declarations.ts';

/** Types that every program or plug-in holds or fills in: each of their members says what it is, too. */
const CENTRAL: Readonly<Record<string, readonly string[]>> = {
  'packages/sip/src/index.ts': [
    'AuthenticatorOptions',
    'DialogView',
    'DigestClientOptions',
    'IncomingRequest',
    'IncomingResponse',
    'MessageFilter',
    'OutgoingRequest',
    'OutgoingResponse',
    'SipCore',
    'SipCoreErrors',
    'SipService',
    'SipStack',
    'SipStackOptions',
    'TlsOptions',
    'TransportOptions',
    'UdpOptions',
  ],
  'packages/session/src/index.ts': [
    'Agreed',
    'CreatedStream',
    'Endpoint',
    'GateOptions',
    'InviteOptions',
    'MediaChange',
    'OfferedStream',
    'ReinviteOptions',
    'RequestOptions',
    'ResponseInit',
    'SdpHandler',
    'Session',
    'SessionEnd',
    'SessionErrors',
    'SessionIntent',
    'SessionService',
    'SessionServiceOptions',
    'StreamSlot',
    'StreamView',
    'Supplement',
  ],
  'packages/sdp-audio/src/index.ts': ['AudioOptions', 'AudioStream'],
  'packages/rtp/src/index.ts': ['RtpErrors', 'RtpPortsOptions'],
  'packages/identity/src/index.ts': ['IdentityOptions'],
  'packages/call/src/index.ts': ['Call', 'CallOptions', 'Calls', 'CallsOptions'],
  'packages/base/src/index.ts': ['Clock', 'Random'],
};

describe('what the packages export', () => {
  it('is all found', () => {
    expect(entries().length).toBeGreaterThan(15);
    expect(entries().flatMap(exportsOf).length).toBeGreaterThan(600);
  });

  it.each(entries())('%s: every export has a docstring', (entry) => {
    const bare = exportsOf(entry).filter((name) => {
      const declaration = declarationOf(entry, name);
      return declaration === undefined || (docstringBefore(declaration, declaration.first) ?? '').length < 10;
    });
    expect(bare).toEqual([]);
  });
});

describe.each(Object.entries(CENTRAL))('%s', (entry, names) => {
  it.each(names)('%s: every member has a docstring', (name) => {
    const declaration = declarationOf(entry, name)!;
    const members = membersOf(declaration);
    expect(members.length).toBeGreaterThan(0);
    expect(members.filter(({ line }) => docstringBefore(declaration, line) === undefined).map((member) => member.name)).toEqual([]);
  });
});
