/** Limits how many calls one caller may have at a time, and tells it on every answer to INVITE how many it has. */
import { defineCookie, parseNameAddr, reply } from '@jackfield/session';
import type { Registration, SessionIntent, SessionService, Supplement } from '@jackfield/session';

export interface CallLimitOptions {
  /** Calls of one caller at a time, 1 and up; default 2. */
  readonly perCaller?: number | undefined;
  /** What a caller gets who has that many, 300 to 699; default 486. */
  readonly status?: number | undefined;
}

/** A call that counts. `used` is how many calls its caller has now, this one among them. */
export interface CallSlot {
  readonly caller: string;
  readonly used: number;
}

class Slot implements CallSlot {
  readonly caller: string;
  readonly #counts: Map<string, number>;

  constructor(counts: Map<string, number>, caller: string) {
    this.caller = caller;
    this.#counts = counts;
    counts.set(caller, this.used + 1);
  }

  get used(): number {
    return this.#counts.get(this.caller) ?? 0;
  }

  giveBack(): void {
    if (this.used > 1) this.#counts.set(this.caller, this.used - 1);
    else this.#counts.delete(this.caller);
  }
}

const slotCookie = defineCookie<Slot>('call-limit.slot', (slot) => slot.giveBack());

/** The slot of a call, for other plug-ins and the application; undefined on calls of our own. */
export function callSlot(call: Pick<SessionIntent, 'cookies'>): CallSlot | undefined {
  return call.cookies.get(slotCookie);
}

export function callLimitSupplement({ perCaller = 2, status = 486 }: CallLimitOptions = {}): Supplement {
  if (!Number.isInteger(perCaller) || perCaller < 1) throw new RangeError(`perCaller is 1 and up, not ${perCaller}`);
  if (!Number.isInteger(status) || status < 300 || status > 699) throw new RangeError(`status is 300 to 699, not ${status}`);
  const counts = new Map<string, number>();

  return {
    name: 'jackfield-supplement-example',
    methods: ['INVITE'],

    admitSession(intent) {
      if (intent.direction === 'outgoing') return undefined;
      const caller = callerOf(intent);
      const used = counts.get(caller) ?? 0;
      if (used >= perCaller) return reply(status, { headers: { 'X-Call-Count': String(used) } });
      intent.cookies.add(slotCookie, new Slot(counts, caller));
      return undefined; // no reply of ours: the next supplement is asked
    },

    outgoingResponse(session, response) {
      const slot = session.cookies.get(slotCookie);
      if (slot !== undefined) response.headers.set('X-Call-Count', String(slot.used));
    },
  };
}

/** The user of From at the peer it comes from. From is only claimed: with the peer's name in it, nobody can use up the slots of another peer's users. */
function callerOf({ request, endpoint }: SessionIntent): string {
  const from = parseNameAddr(request?.headers.get('From') ?? '');
  return `${from?.uri.user ?? ''}@${endpoint.name}`;
}

/**
 * Counts calls that begin from now on. Unregistering lets everybody in; calls that are counted go on and give their slots back.
 *
 * @throws RangeError for an option out of its range, SipError `SESSION_NAME_TAKEN` when it is registered already
 */
export function registerCallLimit(sessions: SessionService, options?: CallLimitOptions): Registration {
  return sessions.registerSupplement(callLimitSupplement(options));
}
