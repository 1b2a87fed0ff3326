import { SipError } from '@jackfield/base';
import { describe, expect, it } from 'vitest';
import { explain, hints, readArguments } from '../src/command-line.ts';

describe('the command line', () => {
  it('has a default for everything', () => {
    expect(readArguments([])).toMatchObject({ host: undefined, port: 5060, tlsPort: undefined, block: [], trace: false });
  });

  it('is read', () => {
    const args = ['--port', '5080', '--tls-port', '5061', '--ws-port', '0', '--block', '4711', '--block', '4712'];
    expect(readArguments(args)).toMatchObject({ port: 5080, tlsPort: 5061, wsPort: 0, wssPort: undefined, block: ['4711', '4712'] });
  });

  it.each([
    { args: ['--port', 'abc'], says: '--port is a number, 0 to 65535, not abc' },
    { args: ['--port', ''], says: '--port is a number, 0 to 65535, not ' },
    { args: ['--tls-port', '70000'], says: '--tls-port is a number, 0 to 65535, not 70000' },
    { args: ['--ws-port', '1e3'], says: '--ws-port is a number, 0 to 65535, not 1e3' },
    { args: ['--wss-port=-1'], says: '--wss-port is a number, 0 to 65535, not -1' },
    { args: ['--key', 'file'], says: '--cert and --key go together' },
    {
      args: ['--cert', 'file', '--key', 'file', '--ws-port', '8080'],
      says: '--cert and --key are for --tls-port and --wss-port, and neither',
    },
    {
      args: ['--advertise', '203.0.113.5:5080'],
      says: 'advertise wants a name or a numeric address, without a port, got "203.0.113.5:5080"',
    },
    { args: ['--advertise='], says: 'advertise wants a name or a numeric address, without a port, got ""' },
    { args: ['--host', 'localhost'], says: 'host wants a numeric address without brackets, got "localhost"' },
    { args: ['--loud'], says: "Unknown option '--loud'" },
  ])('$args is refused', ({ args, says }) => {
    expect(() => readArguments(args)).toThrow(says);
  });
});

describe('help', () => {
  it.each([
    ['--help', '--port', 'x'],
    ['-h', '--key', 'file'],
    ['--advertise=', '--help'],
  ])('is given beside %s %s %s', (...args) => {
    expect(readArguments(args)).toBe('help');
  });
});

describe('why it does not listen', () => {
  const failed = (code: string, transport = 'UDP'): Error =>
    new SipError('SIP_TRANSPORT_FAILED', 'cannot listen', { transport }, { cause: Object.assign(new Error(`bind ${code}`), { code }) });

  it.each([
    ['EADDRINUSE', 'something else listens there; try another port, such as --port 5080'],
    ['EADDRNOTAVAIL', 'no address of this machine; see --host'],
    ['EACCES', 'ports below 1024 are not for everybody; try another, such as --port 5080'],
    ['ENOTSUP', 'bind ENOTSUP'],
  ])('%s', (code, reason) => {
    expect(explain(failed(code))).toBe(`cannot listen: ${reason}`);
  });

  it.each([
    ['TCP', '--port'],
    ['TLS', '--tls-port'],
    ['WS', '--ws-port'],
    ['WSS', '--wss-port'],
  ])('names the option of %s, with a port that it takes', (transport, option) => {
    for (const code of ['EADDRINUSE', 'EACCES']) {
      const { port } = new RegExp(`, such as ${option} (?<port>\\d+)$`).exec(explain(failed(code, transport)))!.groups!;
      expect(() => readArguments([option, port!])).not.toThrow();
    }
  });

  it('is what lies behind it, where that has nothing to do with ports', () => {
    const cause = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    expect(explain(new Error('--key', { cause }))).toBe('--key: EACCES: permission denied');
  });

  it('is what the error says, where nothing lies behind it', () => {
    expect([explain(new Error('no such file')), explain('torn')]).toEqual(['no such file', 'torn']);
  });
});

describe('what to dial', () => {
  it('names no port where it is 5060', () => {
    expect(hints('192.0.2.1', [{ transport: 'UDP', port: 5060 }])).toEqual([
      expect.stringMatching(/^dial sip:echo@192\.0\.2\.1, or another number: echo info /),
    ]);
  });

  it('is said for each transport that listens', () => {
    const listening = Object.entries({ UDP: 5080, TCP: 5080, TLS: 5061, WS: 8080, WSS: 8443 });
    const said = hints(
      '[2001:db8::1]',
      listening.map(([transport, port]) => ({ transport, port })),
    );
    expect(said).toEqual([
      expect.stringMatching(/^dial sip:echo@\[2001:db8::1\]:5080, or /),
      'by TLS: sip:echo@[2001:db8::1]:5061;transport=tls',
      'by WebSocket: sip:echo@[2001:db8::1], with ws://[2001:db8::1]:8080 or wss://[2001:db8::1]:8443 as the server',
    ]);
  });
});
