/** Places calls, and ends them as their kind asks. */
import {
  buildResponse,
  HeaderList,
  parseUri,
  type ClientTransaction,
  type ClientTransactionUser,
  type Dialog,
  type DialogUser,
  type RequestHandle,
  type ServerTransaction,
  type SipCore,
  type SipResponse,
  type Way,
} from '@jackfield/sip';
import type { Kind } from './kinds.ts';

const TALK_MS = 4000;
/** An INVITE that was answered provisionally waits for ever otherwise. */
const PATIENCE_MS = 180_000;
const SDP = { type: 'application/sdp', bytes: Buffer.from('v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n') };

class OutgoingCall implements ClientTransactionUser, DialogUser {
  readonly #caller: Caller;
  readonly #kind: Kind;
  #dialog: Dialog | undefined;
  #acknowledge: (() => void) | undefined;
  #timer: Disposable | undefined;
  readonly #invite: RequestHandle;
  #cancelling = false;
  #over = false;

  constructor(caller: Caller, kind: Kind, way: Way, target: string, id: string) {
    this.#caller = caller;
    this.#kind = kind;
    const headers = new HeaderList({ From: `<sip:caller@192.0.2.1>;tag=${id}`, To: `<${target}>`, 'Call-ID': `${id}@192.0.2.1` });
    const init = { headers, body: SDP, repeats: 0, nextSequence: () => 1 };
    this.#invite = caller.core.startInitial('INVITE', parseUri(target)!, init, way, this);
    this.#timer = caller.core.clock.after(PATIENCE_MS, () => this.#cancel());
  }

  response(response: SipResponse, transaction: ClientTransaction): void {
    if (response.status >= 300) return this.#end(String(response.status));
    if (response.to.tag !== undefined) this.#dialog ??= this.#caller.core.dialogs.fromResponse(transaction, response, this);
    if (response.status >= 200) this.#accepted(response, transaction);
    else if (this.#kind === 'cancelled' && response.status > 100 && !this.#cancelling) {
      this.#cancelling = true;
      this.#later(500, () => this.#cancel());
    }
  }

  failed(cause: 'timeout' | 'transport'): void {
    this.#end(cause);
  }

  request(transaction: ServerTransaction): void {
    transaction.respond(buildResponse(transaction.request, 200));
    if (transaction.request.method !== 'BYE') return;
    if (this.#acknowledge === undefined) this.#cancel(); // its 2xx never came
    this.#end('bye');
  }

  ack(): void {
    // it is we who acknowledge
  }

  #accepted(response: SipResponse, { request }: ClientTransaction): void {
    if (this.#acknowledge !== undefined) return this.#acknowledge();
    this.#dialog!.confirm(response);
    this.#acknowledge = this.#dialog!.acknowledge(request);
    if (this.#kind === 'callee-hangs-up' || this.#kind === 'no-ack') this.#timer?.[Symbol.dispose]();
    else this.#later(TALK_MS, () => this.#hangUp());
  }

  #cancel(): void {
    this.#invite.cancel();
  }

  #later(ms: number, task: () => void): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#caller.core.clock.after(ms, task);
  }

  #hangUp(): void {
    this.#dialog!.request(
      'BYE',
      {},
      {
        response: ({ status }) => {
          if (status < 200) return;
          if (this.#kind === 'hangs-up-twice' && status === 200) this.#hangUp();
          else this.#end(`BYE ${status}`);
        },
        failed: (cause) => this.#end(`BYE ${cause}`),
      },
    );
  }

  #end(how: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.[Symbol.dispose]();
    this.#dialog?.terminate();
    this.#caller.ended(this.#kind, how);
  }
}

export class Caller {
  readonly core: SipCore;
  readonly #host: string;
  placed = 0;
  over = 0;
  /** How calls of each kind ended here. */
  readonly ends: Record<string, number> = {};

  /** @param host - of the callee */
  constructor(core: SipCore, host: string) {
    this.core = core;
    this.#host = host;
  }

  place(kind: Kind): void {
    this.placed += 1;
    const id = `${kind}.${this.placed}`;
    const target =
      kind === 'unreachable'
        ? 'sip:nobody@192.0.2.99;transport=tcp'
        : `sip:${kind}@${this.#host}${kind === 'stream' ? ';transport=tcp' : ''}`;
    const begin = (way: Way): void => void new OutgoingCall(this, kind, way, target, id);
    const way = this.core.wayTo(parseUri(target)!);
    if ('flow' in way) begin(way);
    else way.then(begin, () => this.ended(kind, 'no way'));
  }

  ended(kind: Kind, how: string): void {
    this.over += 1;
    const key = `${kind}: ${how}`;
    this.ends[key] = (this.ends[key] ?? 0) + 1;
  }
}
