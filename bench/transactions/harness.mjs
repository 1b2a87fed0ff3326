// A stack on a socket that exists only here, and time turned by hand: what is measured is transactions, and nothing of the system.
import { coreOf, createSipStack, udp } from '@jackfield/sip';
import { ManualClock } from '@jackfield/sip/testing';

export const US = '192.0.2.1';
export const PEER = '192.0.2.2';

/** One datagram socket: what is sent goes to `heard`; `say` gives bytes of their own, as a socket does. */
class Wire {
  heard = () => {};
  #receiver;

  bindDatagram({ host, port }, receiver) {
    this.#receiver = receiver;
    return Promise.resolve({ local: { host, port }, send: (bytes) => this.heard(bytes), close: () => {} });
  }

  say(text) {
    const bytes = Buffer.allocUnsafeSlow(text.length);
    bytes.latin1Write(text);
    this.#receiver.message(bytes, PEER, 5060);
  }

  sourceFor() {
    return US;
  }

  lookup(name) {
    return Promise.resolve([name]);
  }

  listenStream() {
    return Promise.reject(new Error('no streams here'));
  }

  connectStream() {
    return this.listenStream();
  }
}

const MANY = 1_000_000;

export async function harness() {
  const wire = new Wire();
  const clock = new ManualClock();
  const limits = {
    maxTransactions: MANY,
    maxTransactionsPerHost: MANY,
    maxPendingInvites: MANY,
    maxPendingInvitesPerHost: MANY,
    maxFinished: MANY,
  };
  const core = coreOf(createSipStack({ transports: [udp({ host: US, port: 5060 })], network: wire, clock, limits }));
  await core.listen();
  return { wire, clock, core };
}
