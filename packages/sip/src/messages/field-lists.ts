/** Reads the values of all fields of one name together: Via, Route, Record-Route and Contact may be lists and may come repeatedly (RFC 3261 §7.3.1). */
import type { Field } from './field.ts';
import { CONTACT, VIA } from './names.ts';
import { type Party, scanNameAddr, scanNameAddrList } from './name-addr.ts';
import { found } from './parameters.ts';
import { type Via, scanVia } from './via.ts';

/** From or To. Undefined when it is malformed. */
export function readParty(field: Field): Party | undefined {
  if (!field.folded) return scanNameAddr(field.source, field.valueStart, field.valueEnd, false);
  const bytes = field.bytes;
  return scanNameAddr(bytes, 0, bytes.length, false);
}

/** Topmost first. Undefined when one of them is malformed. */
export function readVias(fields: readonly Field[]): Via[] | undefined {
  const vias: Via[] = [];
  for (const field of fields) {
    if (field.id !== VIA) continue;
    const text = field.folded ? field.bytes : field.source;
    const end = field.folded ? text.length : field.valueEnd;
    for (let at = field.folded ? 0 : field.valueStart; at <= end; at = found.stop + 1) {
      const via = scanVia(text, at, end, true);
      if (via === undefined) return undefined;
      vias.push(via);
    }
  }
  return vias;
}

/** Addresses of all fields with the number `id`. Undefined when one of them is malformed. */
export function readParties(fields: readonly Field[], id: number): Party[] | undefined {
  const parties: Party[] = [];
  for (const field of fields) {
    if (field.id !== id) continue;
    const text = field.folded ? field.bytes : field.source;
    if (!scanNameAddrList(text, field.folded ? 0 : field.valueStart, field.folded ? text.length : field.valueEnd, parties))
      return undefined;
  }
  return parties;
}

/** Contacts of all fields, or the one `*`; undefined when one of them is malformed, or `*` is not alone. */
export function readContacts(fields: readonly Field[]): Party[] | '*' | undefined {
  const only = fields.filter((field) => field.id === CONTACT);
  return only.length === 1 && only[0]!.bytes === '*' ? '*' : readParties(only, CONTACT);
}
