/** In a page: JsSIP as a telephone without media, held by `phone`, which a test calls from outside. */
import { UA, WebSocketInterface } from 'jssip';

/** What a request met with: a status, or JsSIP's word for what went wrong. */
export type Outcome =
  { readonly status: number; readonly body: string; readonly headers: Readonly<Record<string, string>> } | { readonly cause: string };

export interface PhoneSettings {
  readonly url: string;
  readonly uri: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

interface Answer {
  readonly status_code: number;
  readonly body: string | null;
  getHeader(name: string): string | undefined;
}
interface Handlers {
  readonly eventHandlers: Readonly<
    Record<'succeeded' | 'failed', (event: { readonly response?: Answer | null; readonly cause?: string }) => void>
  >;
}
/** Its types know no OPTIONS. */
interface Telephone {
  sendOptions(target: string, body: string | undefined, handlers: Handlers): unknown;
  sendMessage(target: string, body: string, handlers: Handlers): unknown;
}

const SHOWN = ['Allow', 'Accept', 'Contact', 'Server', 'Content-Type'];

class Phone {
  #agent: UA | undefined;

  /** Connects and registers. */
  register({ url, uri, user, password }: PhoneSettings): Promise<Outcome> {
    const agent = new UA({
      sockets: [new WebSocketInterface(url)],
      uri,
      register_expires: 120,
      ...(user === undefined ? {} : { authorization_user: user }),
      ...(password === undefined ? {} : { password }),
    });
    this.#agent = agent;
    return new Promise((resolve) => {
      agent.on('registered', ({ response }) => resolve(outcomeOf(response)));
      agent.on('registrationFailed', ({ response, cause }) => resolve(response ? outcomeOf(response) : { cause: String(cause) }));
      agent.on('disconnected', ({ error, reason }) => resolve({ cause: `disconnected: ${error} ${reason}` }));
      agent.start();
    });
  }

  unregister(): Promise<Outcome> {
    const agent = this.#agent!;
    return new Promise((resolve) => {
      agent.on('unregistered', ({ response }) => resolve(outcomeOf(response)));
      agent.unregister();
    });
  }

  options(target: string): Promise<Outcome> {
    return this.#ask((phone, handlers) => phone.sendOptions(target, undefined, handlers));
  }

  message(target: string, text: string): Promise<Outcome> {
    return this.#ask((phone, handlers) => phone.sendMessage(target, text, handlers));
  }

  close(): void {
    this.#agent?.stop();
  }

  #ask(send: (phone: Telephone, handlers: Handlers) => unknown): Promise<Outcome> {
    const phone: object = this.#agent!;
    return new Promise((resolve) => {
      const settle: Handlers['eventHandlers']['failed'] = ({ response, cause }) =>
        resolve(response ? outcomeOf(response) : { cause: cause ?? 'nothing' });
      send(phone as Telephone, { eventHandlers: { succeeded: settle, failed: settle } });
    });
  }
}

function outcomeOf(response: Answer): Outcome {
  const headers = SHOWN.flatMap((name) => {
    const value = response.getHeader(name);
    return value === undefined ? [] : [[name, value]];
  });
  return { status: response.status_code, body: response.body ?? '', headers: Object.fromEntries(headers) as Record<string, string> };
}

export type { Phone };
Reflect.set(globalThis, 'phone', new Phone());
