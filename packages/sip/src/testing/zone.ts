/** The records of a made-up DNS, by name: what ZoneResolver and DnsServer answer from. */

/** What is left out has a default that means nothing: priority 0, weight 0, a TTL of 300 s. */
export type ZoneRecord = (
  | { readonly type: 'A' | 'AAAA'; readonly address: string }
  | { readonly type: 'CNAME'; readonly target: string }
  | { readonly type: 'SRV'; readonly priority?: number; readonly weight?: number; readonly port: number; readonly target: string }
  | {
      readonly type: 'NAPTR';
      readonly order?: number;
      readonly preference?: number;
      readonly flags?: string;
      readonly service: string;
      readonly regexp?: string;
      readonly replacement: string;
    }
) & {
  /** Seconds; 300. */
  readonly ttl?: number;
};

export type RecordType = ZoneRecord['type'];
export type RecordOf<T extends RecordType> = Extract<ZoneRecord, { readonly type: T }>;

/** Names without case and final dot. */
export type ZoneTable = Readonly<Record<string, readonly ZoneRecord[]>>;

/** Aliases that are followed for one answer. */
const MAX_ALIASES = 16;

/** Names count without their case, and without a dot at the end. */
export class Zone {
  readonly #records = new Map<string, readonly ZoneRecord[]>();

  constructor(table: ZoneTable = {}) {
    for (const [name, records] of Object.entries(table)) this.set(name, records);
  }

  /** From now on; no records: the name is not known any more. */
  set(name: string, records: readonly ZoneRecord[]): void {
    if (records.length > 0) this.#records.set(keyOf(name), records);
    else this.#records.delete(keyOf(name));
  }

  has(name: string): boolean {
    return this.#records.has(keyOf(name));
  }

  /** Of that type, aliases on the way included, in order, each with its name. */
  find(name: string, type: RecordType): readonly { readonly name: string; readonly record: ZoneRecord }[] {
    const found: { readonly name: string; readonly record: ZoneRecord }[] = [];
    let asked = name;
    for (let aliases = 0; aliases < MAX_ALIASES; aliases += 1) {
      const records = this.#records.get(keyOf(asked)) ?? [];
      for (const record of records) if (record.type === type) found.push({ name: asked, record });
      const alias = records.find((record) => record.type === 'CNAME');
      if (alias === undefined || type === 'CNAME' || found.at(-1)?.record.type === type) break;
      found.push({ name: asked, record: alias });
      asked = alias.target;
    }
    return found;
  }
}

const keyOf = (name: string): string => name.replace(/\.$/, '').toLowerCase();
