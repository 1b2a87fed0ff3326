/**
 * Runs kamailio on loopback: a proxy that records its route, forks, and may ask for a password. Its configuration is written here, as small as
 * these tests allow: no database, no DNS, no registrar.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './child.ts';

export interface KamailioGuard {
  readonly realm: string;
  /** Of every user. */
  readonly password: string;
  readonly algorithm: 'MD5' | 'SHA-256';
}

/** Files, PEM. */
export interface KamailioTls {
  readonly certificate: string;
  readonly key: string;
  /** Who signs those it connects to; they are checked against it. */
  readonly authority: string;
}

export interface KamailioOptions {
  readonly udp: number;
  readonly tcp?: number | undefined;
  readonly tls?: number | undefined;
  /** Where each number leads; to all of its targets at once. Others get 404. */
  readonly numbers?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Asked of all requests outside a dialog: 401 to REGISTER and OPTIONS, which it answers itself then, and 407 to all others. */
  readonly guard?: KamailioGuard | undefined;
  /** For `tls`. */
  readonly identity?: KamailioTls | undefined;
}

const HOST = '127.0.0.1';

export class Kamailio {
  readonly #child: Child;
  readonly #folder: string;

  /** Listening when it resolves. */
  static async start(options: KamailioOptions): Promise<Kamailio> {
    const folder = await mkdtemp(join(tmpdir(), 'jackfield-kamailio-'));
    await writeFile(join(folder, 'kamailio.cfg'), configuration(options));
    const kamailio = new Kamailio(folder);
    try {
      await kamailio.#child.line(/jackfield: up/);
    } catch (error) {
      await kamailio.stop();
      throw error;
    }
    return kamailio;
  }

  private constructor(folder: string) {
    this.#folder = folder;
    const args = ['-f', join(folder, 'kamailio.cfg'), '-DD', '-E', '-m', '32', '-M', '4', '-w', folder, '-Y', folder];
    this.#child = new Child('kamailio', args, { cwd: folder, lastSignal: 'SIGTERM' }); // it ends its own children then
  }

  /** The requests of a call that came by its Record-Route, by method, in order; as soon as there are so many. */
  routed(callId: string, count: number): Promise<readonly string[]> {
    const routed = (): readonly string[] =>
      this.#child.lines.flatMap((line) => (line.endsWith(` of ${callId}`) ? /routes (\S+) of/.exec(line)![1]! : []));
    return this.#child.until(() => (routed().length < count ? undefined : routed()), 5000, `${count} requests by route`);
  }

  async stop(): Promise<void> {
    try {
      await this.#child.stop();
    } finally {
      await rm(this.#folder, { recursive: true, force: true });
    }
  }
}

/** Version 5.6. */
function configuration({ udp, tcp, tls, numbers = {}, guard, identity }: KamailioOptions): string {
  const listen = Object.entries({ udp, tcp, tls }).flatMap(([kind, port]) =>
    port === undefined ? [] : [`listen=${kind}:${HOST}:${port}`],
  );
  const modules = ['tm', 'sl', 'rr', 'pv', 'xlog', 'siputils', 'corex', 'textops', 'auth', ...(tls === undefined ? [] : ['tls'])];
  return [
    '#!KAMAILIO',
    'debug=1',
    'log_stderror=yes',
    'fork=yes',
    'children=1',
    'tcp_children=1',
    'auto_aliases=no',
    'dns=no',
    'rev_dns=no',
    ...(tls === undefined ? [] : ['enable_tls=yes']),
    ...listen,
    ...modules.map((name) => `loadmodule "${name}.so"`),
    'modparam("tm", "fr_timer", 3000)', // until a first response
    'modparam("tm", "fr_inv_timer", 60000)',
    'modparam("tm", "cancel_b_method", 1)', // who has not said anything yet is cancelled when he does, and if that is an answer, it passes
    ...(identity === undefined ? [] : tlsSettings(identity)),
    ...(guard === undefined ? [] : [`modparam("auth", "algorithm", "${guard.algorithm}")`, 'modparam("auth", "qop", "auth")']),
    'event_route[core:worker-one-init] {',
    '  xlog("L_ERR", "jackfield: up\\n");',
    '}',
    'request_route {',
    '  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }',
    '  if (has_totag()) {',
    '    if (loose_route()) { xlog("L_ERR", "jackfield: routes $rm of $ci\\n"); t_relay(); exit; }',
    '    if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }',
    '    sl_send_reply("404", "Not by this way"); exit;',
    '  }',
    '  if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }',
    ...(guard === undefined ? [] : asks(guard)),
    '  record_route();',
    ...Object.entries(numbers).flatMap(([number, targets]) => forks(number, targets)),
    '  sl_send_reply("404", "No such number");',
    '}',
    '',
  ].join('\n');
}

function tlsSettings({ certificate, key, authority }: KamailioTls): readonly string[] {
  const settings = { certificate, private_key: key, ca_list: authority };
  return [
    ...Object.entries(settings).map(([name, file]) => `modparam("tls", "${name}", "${file}")`),
    'modparam("tls", "tls_method", "TLSv1.2+")',
    'modparam("tls", "verify_certificate", 1)', // of servers: clients need show none
    'modparam("tls", "require_certificate", 0)',
  ];
}

function asks({ realm, password }: KamailioGuard): readonly string[] {
  const ask = (kind: 'www' | 'proxy'): string =>
    `if (!pv_${kind}_authenticate("${realm}", "${password}", "0")) { ${kind}_challenge("${realm}", "1"); exit; }`;
  return [
    '  if (is_method("REGISTER|OPTIONS")) {',
    `    ${ask('www')}`,
    '    sl_send_reply("200", "OK"); exit;',
    '  }',
    `  ${ask('proxy')}`,
    '  consume_credentials();',
  ];
}

function forks(number: string, [first, ...more]: readonly string[]): readonly string[] {
  return [
    `  if ($rU == "${number}") {`,
    `    $ru = "${first}";`,
    ...more.map((target) => `    append_branch("${target}");`),
    '    t_relay(); exit;',
    '  }',
  ];
}
