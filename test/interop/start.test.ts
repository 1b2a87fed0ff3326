/** What a newcomer does: `npm start`, a call, and Ctrl-C; and `click-to-dial` against it. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { connect, type PeerCertificate } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate, writeCertificate } from '../harness/certificates.ts';
import { Child } from '../harness/child.ts';
import { peer } from '../harness/peers.ts';
import { freePort } from '../harness/ports.ts';
import { established, isHungUp, scenario } from '../harness/scenario.ts';
import { sipp } from '../harness/sipp.ts';

const { skipped, note } = peer('sipp', 'sip-tester');
const root = fileURLToPath(new URL('../../', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { readonly scripts: Readonly<Record<string, string>> };

/** Without npm between, which passes signals on in its own way. */
const commandOf = (script: string): readonly string[] => {
  const [program, ...args] = scripts[script]!.split(' ');
  return [program === 'node' ? process.execPath : program!, ...args];
};
const start = (...more: readonly string[]): Child => {
  const [program, ...args] = commandOf('start');
  return new Child(program!, [...args, ...more], { cwd: root });
};

async function certificateAt(port: number): Promise<PeerCertificate> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerCertificate();
  } finally {
    socket.destroy();
  }
}

beforeAll(async () => {
  const [program, ...args] = commandOf('prestart');
  await promisify(execFile)(program!, args, { cwd: root });
});

describe('npm start', () => {
  it('says where it listens and what to dial, and SIGTERM to its node process closes it', async () => {
    const port = await freePort('0.0.0.0');
    const child = start('--port', String(port));
    await child.line(new RegExp(`^dial sip:echo@\\S+:${port}, or another number: echo info .* hold$`));
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const hosts = ['0.0.0.0', ...(addresses.some(({ family }) => family === 'IPv6') ? ['[::]'] : [])];
    const listening = hosts.flatMap((host) => ['UDP', 'TCP'].map((kind) => `listening on ${kind} ${host}:${port}`));
    expect(child.lines.slice(0, -1)).toEqual(listening);
    expect(await child.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(child.lines.at(-1)).toBe('closing');
  });

  it.skipIf(skipped).each(['SIGTERM', 'SIGINT'] as const)(`%s to its node process hangs up the call that stands${note}`, async (signal) => {
    const port = await freePort('127.0.0.1');
    const child = start('--host', '127.0.0.1', '--port', String(port));
    await child.line(/^dial sip:echo@127\.0\.0\.1:/);
    const calling = sipp({ remote: `127.0.0.1:${port}`, scenario: scenario(established, isHungUp(10_000)) });
    await child.line(/^\[call 1\] audio PCMU on port \d+$/);
    expect(await child.stop(signal)).toEqual({ code: 0, signal: null });
    expect(child.lines.slice(-2)).toEqual(['closing', '[call 1] ended by us']);
    expect(await calling).toMatchObject({ code: 0, errors: '' });
  });

  it('listens on TLS and WebSocket where that is wanted, with a certificate of its own making', async () => {
    const [port, tlsPort, wsPort, wssPort] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    const ports = ['--port', port, '--tls-port', tlsPort, '--ws-port', wsPort, '--wss-port', wssPort].map(String);
    const child = start('--host', '127.0.0.1', ...ports);
    await child.line(/^by WebSocket: /);
    expect(child.lines.slice(7)).toEqual([
      `by TLS: sip:echo@127.0.0.1:${tlsPort};transport=tls`,
      `by WebSocket: sip:echo@127.0.0.1, with ws://127.0.0.1:${wsPort} or wss://127.0.0.1:${wssPort} as the server`,
    ]);
    const listening = { UDP: port, TCP: port, TLS: tlsPort, WS: wsPort, WSS: wssPort };
    expect(child.lines.slice(0, 5)).toEqual(Object.entries(listening).map(([kind, bound]) => `listening on ${kind} 127.0.0.1:${bound}`));
    const fingerprint = /^certificate: SHA-256 (?<fingerprint>[\dA-F:]{95})$/.exec(child.lines[5]!)!.groups!['fingerprint'];
    for (const securePort of [tlsPort, wssPort]) {
      const { fingerprint256, subjectaltname } = await certificateAt(securePort!);
      expect(fingerprint256).toBe(fingerprint);
      expect(subjectaltname).toContain('IP Address:127.0.0.1');
    }
    expect(await child.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('shows the certificate that it is given, and wants its key beside it', async () => {
    const certificate = await makeCertificate(['sip.example.com', '127.0.0.1']);
    const files = await writeCertificate(certificate, certificate);
    const [port, tlsPort] = await Promise.all([freePort(), freePort()]);
    const args = ['--host', '127.0.0.1', '--port', String(port), '--tls-port', String(tlsPort), '--cert', files.cert];
    const child = start(...args, '--key', files.key);
    await child.line(/^dial /);
    expect((await certificateAt(tlsPort)).subjectaltname).toBe('DNS:sip.example.com, IP Address:127.0.0.1');
    await child.stop();
    const without = start(...args);
    expect(await without.ended).toEqual({ code: 2, signal: null });
    expect(without.lines[0]).toBe('--cert and --key go together');
    await files.remove();
  });

  it('refuses a port that is taken, and says so', async () => {
    const port = await freePort('127.0.0.1');
    const first = start('--host', '127.0.0.1', '--port', String(port));
    await first.line(/^dial /);
    const second = start('--host', '127.0.0.1', '--port', String(port));
    expect(await second.ended).toEqual({ code: 1, signal: null });
    const reason = 'something else listens there; try another port, such as --port 5080';
    expect(second.lines).toEqual([`cannot listen by UDP on 127.0.0.1:${port}: ${reason}`]);
    await first.stop();
  });

  it('a port that is taken for TLS wants another for TLS', async () => {
    const [port, tlsPort, other] = await Promise.all([freePort(), freePort(), freePort()]);
    const first = start('--host', '127.0.0.1', '--port', String(port), '--tls-port', String(tlsPort));
    await first.line(/^dial /);
    const second = start('--host', '127.0.0.1', '--port', String(other), '--tls-port', String(tlsPort));
    expect(await second.ended).toEqual({ code: 1, signal: null });
    const reason = 'something else listens there; try another port, such as --tls-port 5062';
    expect(second.lines).toEqual([`cannot listen by TLS on 127.0.0.1:${tlsPort}: ${reason}`]);
    await first.stop();
  });

  it('gives help, whatever stands beside it', async () => {
    const child = start('--help', '--port', 'x');
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.lines[0]).toBe('usage: npm start -- [options]');
  });

  it('names the option whose file cannot be read', async () => {
    const certificate = await makeCertificate(['127.0.0.1']);
    const files = await writeCertificate(certificate, certificate);
    const missing = `${files.key}.not`;
    const child = start('--tls-port', '0', '--cert', files.cert, '--key', missing);
    expect(await child.ended).toEqual({ code: 1, signal: null });
    expect(child.lines).toEqual([`--key: ENOENT: no such file or directory, open '${missing}'`]);
    await files.remove();
  });

  it.each([
    { args: ['--cert', 'x', '--key', 'y'], says: '--cert and --key are for --tls-port and --wss-port, and neither is there' },
    { args: ['--port', 'abc'], says: '--port is a number, 0 to 65535, not abc' },
    {
      args: ['--tls-port', '0', '--advertise', '203.0.113.5:5080'],
      says: 'advertise wants a name or a numeric address, without a port, got "203.0.113.5:5080"',
    },
  ])('takes no $args', async ({ args, says }) => {
    const child = start(...args);
    expect(await child.ended).toEqual({ code: 2, signal: null });
    expect(child.lines.slice(0, 2)).toEqual([says, 'usage: npm start -- [options]']);
  });
});

describe('click-to-dial', () => {
  const join = (...args: readonly string[]): Child =>
    new Child(process.execPath, ['examples/click-to-dial/dist/main.js', ...args], { cwd: root });

  it('joins two numbers of the answer machine, and says so, until one hangs up', async () => {
    const [port, own] = await Promise.all([freePort('127.0.0.1'), freePort('127.0.0.1')]);
    const machine = start('--host', '127.0.0.1', '--port', String(port));
    await machine.line(/^dial /);
    const [echo, hangup] = ['echo', 'hangup'].map((number) => `sip:${number}@127.0.0.1:${port}`);
    const child = join('--host', '127.0.0.1', '--port', String(own), echo!, hangup!);
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.lines).toEqual([`calling ${echo}`, `${echo} has answered; calling ${hangup}`, 'both are talking', 'both have hung up']);
    await machine.stop();
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s hangs up who was called, and gives up who rings', async (signal) => {
    const [port, own] = await Promise.all([freePort('127.0.0.1'), freePort('127.0.0.1')]);
    const machine = start('--host', '127.0.0.1', '--port', String(port));
    await machine.line(/^dial /);
    const [echo, ring] = ['echo', 'ring'].map((number) => `sip:${number}@127.0.0.1:${port}`);
    const child = join('--host', '127.0.0.1', '--port', String(own), echo!, ring!);
    await child.line(/: 180 Ringing$/);
    expect(await child.stop(signal)).toEqual({ code: 0, signal: null });
    expect(child.lines.at(-1)).toBe('hanging up');
    await machine.line(/^\[call 2\] ended by the caller with 487$/);
    await machine.line(/^\[call 1\] ended by the caller$/);
    await machine.stop();
  });

  it.each([
    { args: ['sip:a@127.0.0.1'], says: 'two addresses are wanted' },
    { args: ['--port', 'abc', 'sip:a@127.0.0.1', 'sip:b@127.0.0.1'], says: '--port is a number, 0 to 65535, not abc' },
  ])('takes no $args', async ({ args, says }) => {
    const child = join(...args);
    expect(await child.ended).toEqual({ code: 2, signal: null });
    expect(child.lines.slice(0, 1)).toEqual([says]);
  });
});
