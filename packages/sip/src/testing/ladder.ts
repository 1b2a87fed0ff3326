/** Messages between named hosts of a simulated network: as a list to compare with, and as a picture to read. */
import type { Address } from '@jackfield/base';
import type { SimulatedNetwork } from '@jackfield/base/testing';

/** One message on its way. */
export interface LadderStep {
  /** ms since the ladder was begun. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
  /** `INVITE`, or `200 INVITE`: status and the method it answers. */
  readonly text: string;
  /** The network dropped it, by chance or partition. */
  readonly lost: boolean;
}

const LANE = 18;

/** Watches a simulated network until it is disposed. */
export class Ladder implements Disposable {
  /** In the order in which they were sent. */
  readonly steps: LadderStep[] = [];
  readonly #names: Readonly<Record<string, string>>;
  readonly #tap: Disposable;
  readonly #begun: number;

  /**
   * Listens from now on.
   *
   * @param names - display names by address: `{ '192.0.2.1': 'alice' }`, or `host:port` where several share an address; looked up as they are needed
   */
  constructor(network: SimulatedNetwork, names: Readonly<Record<string, string>>) {
    this.#names = names;
    this.#begun = network.clock.now();
    this.#tap = network.tap(({ what, at, from, to, bytes }) => {
      if (what === 'sent') for (const text of messagesIn(bytes)) this.#add(at, from, to, text);
      else if (what === 'lost') this.#lose(from, to, bytes);
    });
  }

  /** `a -> b INVITE`, one a message, repeats included; `a -x b INVITE` for one that was lost. */
  list(): string[] {
    return this.steps.map(({ from, to, text, lost }) => `${from} ${lost ? '-x' : '->'} ${to} ${text}`);
  }

  /** The picture: a column per host, in the order in which they appear. */
  toString(): string {
    const hosts = [...new Set(this.steps.flatMap(({ from, to }) => [from, to]))];
    const column = (host: string): number => hosts.indexOf(host) * LANE + 8;
    const row = (mark: (cells: string[]) => void): string => {
      const cells = Array.from({ length: column(hosts.at(-1) ?? '') + 1 }, () => ' ');
      for (const host of hosts) cells[column(host)] = '|';
      mark(cells);
      return cells.join('').trimEnd();
    };
    const write = (cells: string[], at: number, text: string): void => {
      for (let index = 0; index < text.length; index += 1) cells[at + index] = text[index]!;
    };
    const lines = [row((cells) => hosts.forEach((host) => write(cells, Math.max(0, column(host) - (host.length >> 1)), host)))];
    for (const { at, from, to, text, lost } of this.steps) {
      const [left, right] = [column(from), column(to)].toSorted((a, b) => a - b) as [number, number];
      lines.push(
        row((cells) => {
          write(cells, 0, `${at}`);
          write(cells, left + 1, '-'.repeat(Math.max(0, right - left - 1)));
          write(cells, left + 3, ` ${text} `.slice(0, Math.max(0, right - left - 5)));
          if (column(from) < column(to)) cells[right - 1] = lost ? 'x' : '>';
          else cells[left + 1] = lost ? 'x' : '<';
        }),
      );
    }
    return lines.join('\n');
  }

  [Symbol.dispose](): void {
    this.#tap[Symbol.dispose]();
  }

  #add(at: number, from: Address, to: Address, text: string): void {
    this.steps.push({ at: at - this.#begun, from: this.#name(from), to: this.#name(to), text, lost: false });
  }

  /** A loss follows its sending at once. */
  #lose(from: Address, to: Address, bytes: Uint8Array): void {
    const last = this.steps.at(-1);
    if (last === undefined || messagesIn(bytes).length === 0) return;
    if (last.from === this.#name(from) && last.to === this.#name(to)) this.steps[this.steps.length - 1] = { ...last, lost: true };
  }

  #name({ host, port }: Address): string {
    return this.#names[`${host}:${port}`] ?? this.#names[host] ?? `${host}:${port}`;
  }
}

const START = /(?:^|\r\n)(?:SIP\/2\.0 (\d{3}) [^\r\n]*|(\S+) \S+ SIP\/2\.0)\r\n/;
const GAP = '\r\n\r\n';

/** What each message that begins in these bytes is. Bodies are passed over: a message/sipfrag has a start line of its own. */
function messagesIn(bytes: Uint8Array): string[] {
  const found: string[] = [];
  let text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  for (let start = START.exec(text); start !== null; start = START.exec(text)) {
    const end = text.indexOf(GAP, start.index + start[0].length - 2);
    const head = text.slice(start.index, end < 0 ? undefined : end);
    const answered = /^CSeq[ \t]*:[ \t]*\d+[ \t]+(\S+)/im.exec(head)?.[1] ?? '';
    found.push(start[1] === undefined ? (start[2] ?? '') : `${start[1]} ${answered}`);
    const length = /^(?:Content-Length|l)[ \t]*:[ \t]*(\d+)/im.exec(head)?.[1];
    if (end < 0 || length === undefined) break; // the rest of a datagram is its body
    text = text.slice(end + GAP.length + Number(length));
  }
  return found;
}
