/** Messages on their way out, as hooks edit them: what a failing hook wrote is taken back, and nothing can be written once it has left. */
import { SipError } from '@jackfield/base';
import {
  HeaderList,
  type Body,
  type Headers,
  type IncomingRequest,
  type Method,
  type Origin,
  type OutgoingRequest,
  type OutgoingResponse,
} from '@jackfield/sip';
import type { Draft } from '../plugins/hooks.ts';

/** Headers that copy themselves before the first write after `mark`: a message nobody writes to is never copied. */
export class DraftHeaders implements Headers, Draft {
  #list: HeaderList;
  #saved: HeaderList | undefined;
  #clean = false;
  #sealedAs: string | undefined;

  constructor(list: HeaderList) {
    this.#list = list;
  }

  /** What is written so far; not to be kept by who may still edit. */
  get list(): HeaderList {
    return this.#list;
  }

  get(name: string): string | undefined {
    return this.#list.get(name);
  }

  getAll(name: string): readonly string[] {
    return this.#list.getAll(name);
  }

  names(): Iterable<string> {
    return this.#list.names();
  }

  set(name: string, value: string): void {
    this.#writable().set(name, value);
  }

  add(name: string, value: string): void {
    this.#writable().add(name, value);
  }

  delete(name: string): boolean {
    return this.#writable().delete(name);
  }

  mark(): void {
    this.#clean = true;
    this.#saved = undefined;
  }

  restore(): void {
    if (this.#saved !== undefined) this.#list = this.#saved;
    this.#saved = undefined;
    this.#clean = true;
  }

  /** From now on every write throws SESSION_MESSAGE_SENT. */
  seal(method: string): void {
    this.#sealedAs = method;
    this.#saved = undefined;
  }

  #writable(): HeaderList {
    if (this.#sealedAs !== undefined) {
      throw new SipError('SESSION_MESSAGE_SENT', `this ${this.#sealedAs} has left: its headers cannot be edited`, {
        method: this.#sealedAs,
      });
    }
    if (this.#clean) {
      this.#saved = this.#list;
      this.#list = this.#list.clone();
      this.#clean = false;
    }
    return this.#list;
  }
}

export class RequestDraft implements OutgoingRequest {
  readonly method: Method;
  readonly headers: DraftHeaders;
  readonly body: Body | undefined;
  readonly origin: Origin;
  readonly initial: boolean;
  readonly attempt: number;

  constructor(method: Method, headers: HeaderList, body: Body | undefined, origin: Origin, initial: boolean, attempt: number) {
    this.method = method;
    this.headers = new DraftHeaders(headers);
    this.body = body;
    this.origin = origin;
    this.initial = initial;
    this.attempt = attempt;
  }
}

export class ResponseDraft implements OutgoingResponse {
  readonly status: number;
  readonly headers: DraftHeaders;
  readonly body: Body | undefined;
  readonly request: IncomingRequest;
  readonly origin: Origin;

  constructor(status: number, headers: HeaderList, body: Body | undefined, request: IncomingRequest, origin: Origin) {
    this.status = status;
    this.headers = new DraftHeaders(headers);
    this.body = body;
    this.request = request;
    this.origin = origin;
  }
}

/** Adds what an application or a reply gave; repeated fields stay apart. */
export function addHeaders(list: HeaderList, init: Readonly<Record<string, string | readonly string[]>> | undefined): void {
  if (init === undefined) return;
  for (const [name, value] of Object.entries(init)) {
    // sound: whatever else it is, it is refused there
    if (typeof value === 'string' || !Array.isArray(value)) list.set(name, value as string);
    else {
      list.delete(name);
      for (const one of value as readonly string[]) list.add(name, one);
    }
  }
}
