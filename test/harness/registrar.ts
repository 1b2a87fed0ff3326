/** A registrar of the smallest kind (RFC 3261 §10.3), as a service on a stack: who is where, in memory. It also takes messages (RFC 3428). */
import {
  createDigestAuthenticator,
  parseNameAddr,
  parseNameAddrList,
  readInteger,
  reply,
  type Decision,
  type IncomingRequest,
  type Registration,
  type SipStack,
} from '@jackfield/sip';

const DEFAULT_SECONDS = 3600;

export interface Registrar extends Registration {
  /** Contacts by address of record, with the seconds that each was given. */
  readonly bindings: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly messages: readonly string[];
}

/** @param passwords - by user; REGISTER has to prove one */
export function registerRegistrar(stack: SipStack, passwords: Readonly<Record<string, string>>, realm: string): Registrar {
  const { clock, random } = stack;
  const authenticator = createDigestAuthenticator({ realm, lookup: (user) => passwords[user], clock, random });
  const bindings = new Map<string, Map<string, number>>();
  const messages: string[] = [];

  async function register(request: IncomingRequest): Promise<Decision> {
    const verdict = await authenticator.check(request);
    if (!verdict.ok) return verdict.reply;
    const user = parseNameAddr(request.headers.get('To') ?? '')?.uri.user;
    if (user === undefined || user !== verdict.username) return reply(403);
    const address = `${user}@${realm}`;
    const known = bindings.get(address) ?? new Map<string, number>();
    bindings.set(address, known);
    const values = request.headers.getAll('Contact');
    const seconds = readInteger(request.headers, 'Expires') ?? DEFAULT_SECONDS;
    if (values[0] === '*') {
      if (seconds !== 0) return reply(400);
      known.clear();
    } else {
      const contacts = parseNameAddrList(values);
      if (contacts === undefined) return reply(400, { reason: 'Bad Contact' });
      for (const { uri, parameters } of contacts) {
        const wanted = Number(parameters.get('expires') ?? seconds);
        if (wanted === 0) known.delete(uri.toString());
        else known.set(uri.toString(), wanted);
      }
    }
    const shown = [...known].map(([contact, left]) => `<${contact}>;expires=${left}`);
    return reply(200, { headers: { ...verdict.authenticationInfo(), ...(shown.length === 0 ? {} : { Contact: shown }) } });
  }

  const registration = stack.registerService({
    name: 'test-registrar',
    methods: ['REGISTER', 'MESSAGE'],
    handleRequest(request) {
      if (request.method === 'REGISTER') return register(request);
      messages.push(Buffer.from(request.body?.bytes ?? []).toString());
      return reply(200);
    },
  });
  return { bindings, messages, ...registration };
}
