/** The registered supplements, copied on write: a session keeps the set it began with, and the lists per hook and method are made once per set. */
import { SipError } from '@jackfield/base';
import { insertInOrder, isOrder, registration, type Method, type Registration } from '@jackfield/sip';
import type { Supplement } from '../contract/supplement.ts';

export const HOOKS = [
  'admitSession',
  'sessionBegin',
  'sessionEnd',
  'incomingRequest',
  'incomingResponse',
  'outgoingRequest',
  'outgoingResponse',
  'redirected',
  'mediaChanged',
] as const satisfies readonly (keyof Supplement)[];
export type HookName = (typeof HOOKS)[number];
type MessageHook = 'incomingRequest' | 'incomingResponse' | 'outgoingRequest' | 'outgoingResponse';

/** What hooks are called on: the supplements of one moment. */
export class SupplementSet {
  readonly all: readonly Supplement[];
  readonly #byHook = new Map<HookName, readonly Supplement[]>();
  readonly #byMethod = new Map<MessageHook, Map<Method, readonly Supplement[]>>();

  constructor(all: readonly Supplement[]) {
    this.all = all;
  }

  /** Those with the hook, in order; hooks that are not about one message disregard `methods`. */
  having(hook: HookName): readonly Supplement[] {
    let list = this.#byHook.get(hook);
    if (list === undefined) this.#byHook.set(hook, (list = this.all.filter((supplement) => supplement[hook] !== undefined)));
    return list;
  }

  /** Those with the hook that asked for messages of `method`. Kept only for methods that somebody named or the core knows, so that peers cannot grow it. */
  forMessage(hook: MessageHook, method: Method): readonly Supplement[] {
    let byMethod = this.#byMethod.get(hook);
    if (byMethod === undefined) this.#byMethod.set(hook, (byMethod = new Map()));
    let list = byMethod.get(method);
    if (list === undefined) {
      list = this.having(hook).filter(({ methods }) => methods === undefined || methods.includes(method));
      if (byMethod.size < MAX_METHODS) byMethod.set(method, list);
    }
    return list;
  }
}

const MAX_METHODS = 64;

export class SupplementRegistry {
  #current = new SupplementSet([]);

  get current(): SupplementSet {
    return this.#current;
  }

  /** @throws SESSION_NAME_TAKEN, SESSION_PLUGIN_SHAPE */
  register(supplement: Supplement): Registration {
    assertShape(supplement);
    if (this.#current.all.some(({ name }) => name === supplement.name)) {
      throw new SipError('SESSION_NAME_TAKEN', `a supplement named ${supplement.name} is registered already`, { name: supplement.name });
    }
    this.#current = new SupplementSet(insertInOrder(this.#current.all, supplement));
    return registration(() => {
      this.#current = new SupplementSet(this.#current.all.filter((other) => other !== supplement));
    });
  }
}

/** Above 0, and no longer than a timer of Node can wait; or none. */
export function isDeadline(ms: unknown): boolean {
  return ms === undefined || (typeof ms === 'number' && ms > 0 && ms < 2 ** 31);
}

// What headers can list (RFC 3261 §25.1). Tested here for all of them, so that nothing fails once a part of the supplement is registered.
const TOKEN = /^[\w.!%*+`'~-]+$/;
const MEDIA_TYPE = /^[\w.!%*+`'~-]+\/[\w.!%*+`'~-]+$/;
const LISTS = { methods: TOKEN, optionTags: TOKEN, allow: TOKEN, accept: MEDIA_TYPE } as const;
const LIST_NAMES = Object.keys(LISTS) as (keyof typeof LISTS)[]; // sound: they are its keys

function isListOf(pattern: RegExp, list: unknown): boolean {
  if (list === undefined) return true;
  if (!Array.isArray(list)) return false;
  for (const item of list as unknown[]) if (typeof item !== 'string' || !pattern.test(item)) return false; // `every` passes over holes
  return true;
}

function assertShape(supplement: Supplement): void {
  const wrong = (member: string): SipError =>
    new SipError('SESSION_PLUGIN_SHAPE', `supplement ${String(supplement.name)}: ${member} is not what the contract says`, {
      name: String(supplement.name),
      member,
    });
  if (typeof supplement.name !== 'string' || supplement.name === '') throw wrong('name');
  for (const hook of HOOKS) if (supplement[hook] !== undefined && typeof supplement[hook] !== 'function') throw wrong(hook);
  for (const member of LIST_NAMES) if (!isListOf(LISTS[member], supplement[member])) throw wrong(member);
  if (supplement.order !== undefined && !isOrder(supplement.order)) throw wrong('order');
  if (!isDeadline(supplement.deadlineMs)) throw wrong('deadlineMs');
}
