/**
 * What forks an INVITE to several parties (RFC 3261 §16): every 2xx goes back, failures are acknowledged here and the best one goes back when all have
 * failed, CANCEL goes on. It does not record a route: whatever comes later in a dialog passes it by. UDP only.
 */
import type { DatagramSocket } from '@jackfield/base';
import type { ManualClock, SeededRandom, SimulatedHost } from '@jackfield/base/testing';
import { field } from './fields.ts';

interface Target {
  readonly host: string;
  readonly user: string;
}

interface Branch {
  readonly id: string;
  readonly target: Target;
  readonly invite: string;
  readonly fork: Fork;
  /** A copy of the INVITE, or of its CANCEL, that will be sent. */
  again: Disposable | undefined;
  heard: boolean;
  /** Status of its final response. */
  final: number | undefined;
  /** The failure, as it goes back. */
  failure: string;
  cancelled: boolean;
}

interface Fork {
  readonly back: { readonly host: string; readonly port: number };
  readonly invite: string;
  readonly branches: Branch[];
  /** What was said last, for copies of the INVITE. */
  last: string;
  again: Disposable | undefined;
  acknowledged: boolean;
}

const PORT = 5060;
const T1_MS = 500;
const GIVE_UP_MS = 64 * T1_MS;

export class ForkingElement {
  readonly #clock: ManualClock;
  readonly #host: string;
  readonly #targets: readonly Target[];
  /** Whether it cancels the others when one has answered. */
  readonly #cancels: boolean;
  readonly #forks = new Map<string, Fork>();
  readonly #branches = new Map<string, Branch>();
  #socket: DatagramSocket | undefined;

  private constructor(clock: ManualClock, host: string, targets: readonly Target[], cancels: boolean) {
    this.#clock = clock;
    this.#host = host;
    this.#targets = targets;
    this.#cancels = cancels;
  }

  static async on(host: SimulatedHost, clock: ManualClock, targets: readonly Target[], random: SeededRandom): Promise<ForkingElement> {
    const element = new ForkingElement(clock, host.addresses[0]!, targets, random.chance(0.5));
    const message = (bytes: Uint8Array, from: string, port: number): void =>
      element.#message(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'), { host: from, port });
    element.#socket = await host.bindDatagram({ host: element.#host, port: PORT }, { message, error: () => undefined });
    return element;
  }

  get uri(): string {
    return `sip:anybody@${this.#host}:${PORT}`;
  }

  #message(text: string, from: Fork['back']): void {
    const id = field(text, ';branch=', ';,\r');
    if (text.startsWith('SIP/2.0 ')) {
      const branch = this.#branches.get(id);
      if (branch !== undefined) this.#response(branch, text);
      return;
    }
    const method = text.slice(0, text.indexOf(' '));
    const fork = this.#forks.get(id);
    if (method === 'INVITE' && fork === undefined) this.#fork(id, text, from);
    else if (method === 'INVITE') this.#send(fork!.last, from);
    else if (method === 'ACK' && fork !== undefined) {
      fork.acknowledged = true;
      fork.again?.[Symbol.dispose]();
    } else if (method === 'CANCEL') {
      this.#send(answer(text, fork === undefined ? '481 Not here' : '200 OK'), from);
      for (const branch of fork?.branches ?? []) this.#cancel(branch);
    }
  }

  #fork(id: string, invite: string, back: Fork['back']): void {
    const fork: Fork = { back, invite, branches: [], last: answer(invite, '100 Trying'), again: undefined, acknowledged: false };
    this.#forks.set(id, fork);
    this.#send(fork.last, back);
    for (const [index, target] of this.#targets.entries()) {
      const own = `${id}-${index}`;
      const onward = this.#onward(invite, 'INVITE', target, own);
      const branch: Branch = {
        id: own,
        target,
        invite: onward,
        fork,
        again: undefined,
        heard: false,
        final: undefined,
        failure: answer(invite, '408 Silence', `silent${index}`),
        cancelled: false,
      };
      this.#branches.set(own, branch);
      fork.branches.push(branch);
      this.#insist(branch, onward, T1_MS, this.#clock.now() + GIVE_UP_MS, () => this.#failed(branch, 408));
    }
  }

  #response(branch: Branch, text: string): void {
    const status = Number(text.slice(8, 11));
    if (field(text, '\r\nCSeq: ', '\r').endsWith(' CANCEL')) {
      if (branch.final === undefined) this.#patience(branch);
      return;
    }
    const { fork } = branch;
    const first = !branch.heard;
    branch.heard = true;
    if (branch.final === undefined && (first || status >= 200)) branch.again?.[Symbol.dispose]();
    const back = text.replace(/\r\nVia: [^\r]*/, '');
    if (status < 200) {
      if (status > 100 && branch.final === undefined) this.#send((fork.last = back), fork.back);
      if (first && branch.cancelled) this.#sendCancel(branch);
      return;
    }
    if (status >= 300) {
      this.#send(acknowledgement(branch.invite, text), { host: branch.target.host, port: PORT });
      branch.failure = back;
      return this.#failed(branch, status);
    }
    branch.final = status;
    this.#send((fork.last = back), fork.back);
    if (this.#cancels) for (const other of fork.branches) this.#cancel(other);
  }

  #failed(branch: Branch, status: number): void {
    if (branch.final !== undefined) return;
    branch.final = status;
    const { fork } = branch;
    if (fork.branches.some(({ final }) => final === undefined || final < 300)) return;
    const best = fork.branches.reduce((one, other) => (other.final! < one.final! ? other : one));
    fork.last = best.failure;
    const until = this.#clock.now() + GIVE_UP_MS;
    const say = (afterMs: number): void => {
      if (fork.acknowledged || this.#clock.now() > until) return;
      this.#send(fork.last, fork.back);
      fork.again = this.#clock.after(afterMs, () => say(Math.min(2 * afterMs, 4000)));
    };
    say(T1_MS);
  }

  #cancel(branch: Branch): void {
    if (branch.cancelled || branch.final !== undefined) return;
    branch.cancelled = true;
    if (branch.heard) this.#sendCancel(branch);
  }

  #sendCancel(branch: Branch): void {
    const head = this.#onward(branch.fork.invite, 'CANCEL', branch.target, branch.id);
    const cseq = field(head, '\r\nCSeq: ', ' ');
    const kept = head.split('\r\n').filter((line, index) => index < 2 || /^(From|To|Call-ID|Max-Forwards):/.test(line));
    const cancel = [...kept, `CSeq: ${cseq} CANCEL`, 'Content-Length: 0', '', ''].join('\r\n');
    this.#insist(branch, cancel, T1_MS, this.#clock.now() + GIVE_UP_MS, () => this.#failed(branch, 487));
  }

  /** Its CANCEL has arrived: what comes of the INVITE comes within 64·T1. */
  #patience(branch: Branch): void {
    branch.again?.[Symbol.dispose]();
    branch.again = this.#clock.after(GIVE_UP_MS, () => this.#failed(branch, 487));
  }

  #insist(branch: Branch, text: string, afterMs: number, until: number, lost: () => void): void {
    if (this.#clock.now() >= until) return lost();
    this.#send(text, { host: branch.target.host, port: PORT });
    branch.again = this.#clock.after(afterMs, () => this.#insist(branch, text, 2 * afterMs, until, lost));
  }

  #onward(invite: string, method: string, { host, user }: Target, id: string): string {
    const via = `Via: SIP/2.0/UDP ${this.#host}:${PORT};branch=${id}`;
    return `${method} sip:${user}@${host}:${PORT} SIP/2.0\r\n${via}${invite.slice(invite.indexOf('\r\n'))}`;
  }

  #send(text: string, to: Fork['back']): void {
    this.#socket!.send(Buffer.from(text, 'latin1'), to.port, to.host);
  }
}

function answer(request: string, status: string, tag?: string): string {
  const lines = request.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/.test(line));
  const tagged = tag === undefined ? lines : lines.map((line) => (line.startsWith('To:') ? `${line};tag=${tag}` : line));
  return [`SIP/2.0 ${status}`, ...tagged, 'Content-Length: 0', '', ''].join('\r\n');
}

/** The ACK of a failure, which goes no further than one hop. */
function acknowledgement(invite: string, failure: string): string {
  const lines = invite.split('\r\n');
  const kept = lines.filter((line) => /^(From|Call-ID|Max-Forwards):/.test(line));
  return [
    lines[0]!.replace('INVITE', 'ACK'),
    lines[1]!,
    ...kept,
    `To: ${field(failure, '\r\nTo: ', '\r')}`,
    `CSeq: ${field(invite, '\r\nCSeq: ', ' ')} ACK`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}
