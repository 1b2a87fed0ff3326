/** Our Contact: the address that a flow's peer is shown (RFC 3261 §8.1.1.8), as `sip` or as `sips` (RFC 5630). */
import type { Address } from '@jackfield/base';
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
  #listening: readonly Listening[] = [];
  /** The last of each scheme: flows of one listener mostly show one address. */
  #sip: Written | undefined = undefined;
  #sips: Written | undefined = undefined;

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
      const text = `<sip:${at(advertised, advertised.port)}${transport}>`;
      this.#sip = { address: advertised, kind, text };
      return text;
    }
    const text = secure ? sipsUri(advertised, advertised.port, kind) : this.#elsewhere(advertised);
    this.#sips = { address: advertised, kind, text };
    return text;
  }

  /** Without a secure listener the URI leads nowhere, and says so by its scheme: who calls for `sips` must not get `sip`. */
  #elsewhere(shown: Address): string {
    const six = isIpv6(shown.host);
    const fitting = this.#listening.filter(({ host }) => isIpv6(host) === six);
    const by = fitting.find(({ transport }) => transport === 'TLS') ?? fitting.find(({ transport }) => transport === 'WSS');
    return sipsUri(shown, by?.port ?? shown.port, by?.transport);
  }
}

const at = ({ host }: Address, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** `transport=tls` says nothing beside `sips`, and is no more (RFC 5630 §3.1.4). */
const sipsUri = (shown: Address, port: number, kind: string | undefined): string =>
  `<sips:${at(shown, port)}${kind === 'WSS' ? ';transport=ws' : ''}>`;
