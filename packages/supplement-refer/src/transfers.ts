/** The REFERs of the peer in one call: who decides about them, and the SUBSCRIBEs that renew or end their news (RFC 3515 §2.4). */
import { defineCookie, reply, type Awaitable, type Decision, type IncomingRequest, type Session } from '@jackfield/session';
import { readEvent, readInteger, type Replaces } from '@jackfield/sip';
import { readRefer } from './refer-request.ts';
import { Transfer, type TransferHome } from './transfer.ts';

export interface TransfersHome {
  readonly expiresMs: number;
  /** Of one call at a time. */
  readonly max: number;
  now(): number;
  after(ms: number, task: () => void): Disposable;
  find(replaces: Replaces): Session | undefined;
  /** Undefined: every REFER is declined. */
  readonly decide: ((transfer: Transfer) => Awaitable<void>) | undefined;
}

class Transfers implements TransferHome {
  readonly expiresMs: number;
  readonly #home: TransfersHome;
  readonly #open = new Map<number, Transfer>();

  constructor(home: TransfersHome) {
    this.expiresMs = home.expiresMs;
    this.#home = home;
  }

  now(): number {
    return this.#home.now();
  }

  after(ms: number, task: () => void): Disposable {
    return this.#home.after(ms, task);
  }

  find(replaces: Replaces): Session | undefined {
    return this.#home.find(replaces);
  }

  over(transfer: Transfer): void {
    this.#open.delete(transfer.id);
  }

  get full(): boolean {
    return this.#open.size >= this.#home.max;
  }

  asked(transfer: Transfer, decide: NonNullable<TransfersHome['decide']>): Decision {
    this.#open.set(transfer.id, transfer);
    let deciding: Awaitable<void> = undefined;
    try {
      deciding = decide(transfer);
    } catch (error) {
      if (transfer.state === 'asked') {
        transfer.expired();
        throw error;
      }
      failed(transfer, error); // the answer stands
    }
    const decision = transfer.settle();
    if (typeof deciding === 'object') {
      deciding.then(
        () => (transfer.state === 'asked' ? void transfer.reject() : undefined),
        (error: unknown) => failed(transfer, error),
      );
    }
    if (decision !== undefined) return decision;
    const { signal } = transfer.request;
    signal.addEventListener('abort', () => transfer.expired(), { once: true });
    return 'later';
  }

  subscribed(request: IncomingRequest, id: string | undefined): Decision {
    const named = [...this.#open.values()].filter((transfer) => transfer.subscribed && (id === undefined || id === String(transfer.id)));
    const [transfer] = named;
    if (transfer === undefined || named.length > 1) return reply(403); // none is made this way
    const expires = readInteger(request.headers, 'Expires');
    const ms = transfer.renew(expires === undefined ? undefined : expires * 1000);
    return reply(200, { headers: { Expires: String(Math.ceil(ms / 1000)) } });
  }

  close(): void {
    for (const transfer of this.#open.values()) transfer.lost();
    this.#open.clear();
  }
}

/** Whoever decides has failed: the peer hears 500, and `onError` of the service what it was. */
function failed(transfer: Transfer, error: unknown): void {
  const { session, state } = transfer;
  if (state === 'asked') transfer.reject(500);
  else if (state === 'accepted') transfer.notify(500);
  session.after(0, () => {
    throw error;
  });
}

const cookie = defineCookie<Transfers>('refer.transfers', (transfers) => transfers.close());

export function asked(home: TransfersHome, session: Session, request: IncomingRequest): Decision {
  const wanted = readRefer(request);
  if (wanted === undefined) return reply(400, { reason: 'Bad Refer-To' });
  if (home.decide === undefined) return reply(603);
  let transfers = session.cookies.get(cookie);
  if (transfers === undefined) session.cookies.add(cookie, (transfers = new Transfers(home)));
  if (transfers.full) return reply(503, { headers: { 'Retry-After': '10' } });
  return transfers.asked(new Transfer(transfers, session, request, wanted), home.decide);
}

/** A SUBSCRIBE to event refer. */
export function subscribed(session: Session, request: IncomingRequest): Decision {
  return session.cookies.get(cookie)?.subscribed(request, readEvent(request.headers)?.id) ?? reply(403);
}
