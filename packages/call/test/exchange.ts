/** Telephones on one simulated network: parties of `createCalls`, with real RTP between them. */
import { createRtpPorts, type RtpPorts } from '@jackfield/rtp';
import type { AudioOptions } from '@jackfield/sdp-audio';
import { Testbed, type Party, type PartyOptions } from '@jackfield/session/testing';
import { createCalls, type Calls, type CallsOptions } from '../src/index.ts';

export interface Telephone {
  readonly party: Party;
  readonly ports: RtpPorts;
  readonly calls: Calls;
}

export class Exchange {
  readonly bed = new Testbed();
  readonly #telephones: Telephone[] = [];

  async telephone(name: string, audio: AudioOptions = {}, options: PartyOptions = {}, more: CallsOptions = {}): Promise<Telephone> {
    const party = await this.bed.party(name, { traced: false, ...options });
    const ports = createRtpPorts({ clock: this.bed.clock, random: this.bed.random.fork(), network: party.host });
    const calls = createCalls({ sessions: party.service, audio: { ports, ...audio }, ...more });
    const telephone = { party, ports, calls };
    this.#telephones.push(telephone);
    return telephone;
  }

  pass(ms: number): Promise<void> {
    return this.bed.clock.advance(ms);
  }

  /** What is alive anywhere once all transactions have gone, and what was reported. */
  async leftOver(): Promise<unknown> {
    await this.pass(64_000);
    const media = this.#telephones
      .map(({ ports }) => ports.stats().live)
      .filter(({ ports, streams, timers }) => ports + streams + timers > 0);
    return { sessions: this.bed.leftOver(), media, errors: this.#telephones.flatMap(({ party }) => party.errors) };
  }
}

export const NOTHING = { sessions: {}, media: [], errors: [] };
