/** The registered SDP handlers by kind, copied on write; asked in the order of registration, those for any kind last. */
import { SipError } from '@jackfield/base';
import { registration, type Registration } from '@jackfield/sip';
import type { SdpHandler } from '../contract/sdp-handler.ts';
import { isDeadline } from './supplement-registry.ts';

interface Row {
  readonly kind: string;
  readonly handler: SdpHandler;
}

export class SdpHandlerSet {
  readonly #rows: readonly Row[];
  readonly #byKind = new Map<string, readonly SdpHandler[]>();

  constructor(rows: readonly Row[]) {
    this.#rows = rows;
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** Kinds that have a handler of their own, in the order of registration. */
  get kinds(): readonly string[] {
    return [...new Set(this.#rows.filter(({ kind }) => kind !== '*').map(({ kind }) => kind))];
  }

  forKind(kind: string): readonly SdpHandler[] {
    const known = this.#byKind.get(kind);
    if (known !== undefined) return known;
    const of = (wanted: string): SdpHandler[] => this.#rows.filter((row) => row.kind === wanted).map(({ handler }) => handler);
    const own = of(kind);
    const list = [...own, ...of('*')];
    if (own.length > 0) this.#byKind.set(kind, list); // kinds that only a peer names are not kept
    return list;
  }
}

const CALLBACKS = ['handleIncomingStream', 'createOutgoingStream', 'applyNegotiatedStream', 'rollbackStream', 'stopStream'] as const;

export class SdpHandlerRegistry {
  #current = new SdpHandlerSet([]);

  get current(): SdpHandlerSet {
    return this.#current;
  }

  /** @throws SESSION_NAME_TAKEN, SESSION_PLUGIN_SHAPE */
  register(handler: SdpHandler, kind: string): Registration {
    const { name } = handler;
    const wrong = (member: string, what: string): SipError =>
      new SipError('SESSION_PLUGIN_SHAPE', `SDP handler ${String(name)}: ${member} ${what}`, { name: String(name), member });
    if (typeof name !== 'string' || name === '') throw wrong('name', 'is missing');
    for (const member of CALLBACKS) if (typeof handler[member] !== 'function') throw wrong(member, 'is missing');
    if (typeof kind !== 'string' || kind === '') throw wrong('kind', `is no kind of stream: ${String(kind)}`);
    if (!isDeadline(handler.deadlineMs)) throw wrong('deadlineMs', `is no time from 0 to 2^31 ms: ${handler.deadlineMs}`);
    if (this.#current.rows.some((row) => row.kind === kind && row.handler.name === handler.name)) {
      throw new SipError('SESSION_NAME_TAKEN', `an SDP handler named ${handler.name} is registered for ${kind} already`, {
        name: handler.name,
      });
    }
    const row = { kind, handler };
    this.#current = new SdpHandlerSet([...this.#current.rows, row]);
    return registration(() => {
      this.#current = new SdpHandlerSet(this.#current.rows.filter((other) => other !== row));
    });
  }
}
