/** Our Contact: the address that a flow's peer is shown (RFC 3261 §8.1.1.8), as `sip` or as `sips` (RFC 5630). */
import { SipError, type Address } from '@jackfield/base';
import { escapeUser } from './messages/uri-syntax.ts';
import { isIpv6 } from './transport/addresses.ts';
import type { Flow, TransportKind } from './transport/transport.ts';

/** Where one transport listens, as `listen()` tells it. */
interface Listening {
  readonly transport: string;
  readonly host: string;
  readonly port: number;
}

interface Written {
  readonly address: Address;
  readonly kind: TransportKind;
  readonly text: string;
}

export class Contacts {
  /** Before the host: empty, or with its `@`. */
  readonly #user: string;
  #listening: readonly Listening[] = [];
  /** The last of each scheme: flows of one listener mostly show one address. */
  #sip: Written | undefined = undefined;
  #sips: Written | undefined = undefined;

  /** @throws SIP_OPTION */
  constructor(user?: string) {
    if (user !== undefined && (typeof user !== 'string' || user === ''))
      throw new SipError('SIP_OPTION', `contactUser wants a name, got ${String(user)}`, { option: 'contactUser' });
    this.#user = user === undefined ? '' : `${escapeUser(user)}@`;
  }

  /** Where `sips` leads to on flows that are not secure themselves. */
  listening(where: readonly Listening[]): void {
    this.#listening = where;
    this.#sips = undefined;
  }

  for({ advertised, kind, secure }: Flow, sips: boolean): string {
    const last = sips ? this.#sips : this.#sip;
    if (last !== undefined && last.address === advertised && last.kind === kind) return last.text;
    if (!sips) {
      const transport = kind === 'UDP' ? '' : `;transport=${kind === 'WSS' ? 'ws' : kind.toLowerCase()}`; // RFC 7118 §5.5 has one name for both
      const text = `<sip:${this.#user}${at(advertised, advertised.port)}${transport}>`;
      this.#sip = { address: advertised, kind, text };
      return text;
    }
    const text = secure ? this.#sipsUri(advertised, advertised.port, kind) : this.#elsewhere(advertised);
    this.#sips = { address: advertised, kind, text };
    return text;
  }

  /** Whether a `sips` URI shown to the peer of this flow leads to us. */
  reachedBySips({ advertised, secure }: Flow): boolean {
    return secure || this.#secureFor(advertised) !== undefined;
  }

  /** Without a secure listener the URI leads nowhere, and says so by its scheme: who calls for `sips` must not get `sip`. */
  #elsewhere(shown: Address): string {
    const by = this.#secureFor(shown);
    return this.#sipsUri(shown, by?.port ?? shown.port, by?.transport);
  }

  /** `transport=tls` says nothing beside `sips`, and is no more (RFC 5630 §3.1.4). */
  #sipsUri(shown: Address, port: number, kind: string | undefined): string {
    return `<sips:${this.#user}${at(shown, port)}${kind === 'WSS' ? ';transport=ws' : ''}>`;
  }

  #secureFor({ host: shown }: Address): Listening | undefined {
    const six = isIpv6(shown);
    const fitting = this.#listening.filter(({ host }) => isIpv6(host) === six);
    return fitting.find(({ transport }) => transport === 'TLS') ?? fitting.find(({ transport }) => transport === 'WSS');
  }
}

const at = ({ host }: Address, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;
