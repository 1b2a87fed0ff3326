/**
 * Where a 3xx leads: what supplements make of its Contacts, and never the same target twice (RFC 3261 §8.1.3.4). Made with the first of a call.
 */
import { SipError } from '@jackfield/base';
import { uriEquals, type NameAddr, type SipResponse, type Uri } from '@jackfield/sip';
import type { Session } from '../contract/session.ts';
import type { Supplement } from '../contract/supplement.ts';
import { ask, hookFailed, nonsense, OpenQuestion } from '../plugins/hooks.ts';
import type { Steps } from '../plugins/steps.ts';
import type { Call } from './call.ts';

export class Redirection {
  readonly #call: Call;
  readonly #tried: Uri[];
  #left: readonly NameAddr[] = [];

  constructor(call: Call, first: Uri) {
    this.#call = call;
    this.#tried = [first];
  }

  /** The next target; undefined: the call ends with this response. */
  *next(response: SipResponse): Steps<Uri | undefined> {
    const call = this.#call;
    const contacts = response.contacts;
    let targets: readonly NameAddr[] =
      contacts === undefined || contacts === '*' ? [] : [...contacts].sort((a, b) => preference(b) - preference(a));
    let follow = call.endpoint.redirects === 'follow';
    for (const supplement of call.supplements.having('redirected')) {
      if (call.excluded?.has(supplement)) continue;
      const { name } = supplement;
      try {
        let given = ask(call, name, 'redirected', redirected, supplement, call.session, targets);
        if (given instanceof OpenQuestion) given = yield* given.inTime(supplement.deadlineMs);
        if (given === undefined) continue;
        if (!isTargets(given)) throw hookFailed(name, 'redirected', nonsense(name, 'redirected'));
        targets = given;
        follow = true;
      } catch (error) {
        if (!(error instanceof SipError)) throw error;
        call.report(error);
        return undefined;
      }
    }
    if (!follow) return undefined;
    this.#left = [...targets, ...this.#left];
    return this.another();
  }

  /** The next of those that are left: what is tried where one has failed. */
  another(): Uri | undefined {
    const next = this.#left.find(({ uri }) => !this.#tried.some((tried) => uriEquals(tried, uri)));
    if (next === undefined) return undefined;
    this.#left = this.#left.filter((other) => other !== next);
    this.#tried.push(next.uri);
    return next.uri;
  }
}

function isTargets(value: unknown): value is readonly NameAddr[] {
  return Array.isArray(value) && value.every((item: unknown) => typeof item === 'object' && item !== null && 'uri' in item);
}

/** q of a Contact, 0 to 1; 1 where it says none. */
function preference(contact: NameAddr & { readonly parameters?: { get(name: string): string | undefined } }): number {
  const q = Number(contact.parameters?.get('q') ?? 1);
  return Number.isNaN(q) ? 0 : q;
}

const redirected = (to: Supplement, session: Session, targets: readonly NameAddr[]): unknown => to.redirected!(session, targets);
