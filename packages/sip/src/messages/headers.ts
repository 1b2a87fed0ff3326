/** The header of a message: an ordered list of fields, looked up without case and by compact form (RFC 3261 §7.3). Typed readers: typed-headers.ts. */
import { SipError } from '@jackfield/base';
import { scanFields } from './field-scan.ts';
import { type Field, makeField } from './field.ts';
import type { HeaderInit, Headers } from './model.ts';
import { UNKNOWN, nameId, nameOf } from './names.ts';
import { SHOWN } from './shown.ts';

const LINE_END = 2;
const HEAD_END = '\r\n\r\n';
/** Fields of one list that a program may write; the parser has a limit of its own. */
const MAX_FIELDS = 1024;

/** A list that is not looked at for now: the text that its fields are parts of, from where on, and those that are of another text. */
interface Folded {
  readonly text: string;
  readonly from: number;
  readonly others: readonly Field[];
  /** Where each of them stands. */
  readonly places: readonly number[];
}

/** The header of a message as a class: for messages that a program makes or takes apart itself. */
export class HeaderList implements Headers {
  private unfolded: Field[] | undefined;
  private folded: Folded | undefined;
  private changes = 0;
  private sealed = false;

  /**
   * @param fields - internal: see {@link of}.
   * @throws SipError `SIP_HEADER_SYNTAX` as {@link set} does.
   */
  constructor(init?: HeaderInit, fields: Field[] = []) {
    this.unfolded = fields;
    this.folded = undefined;
    if (init === undefined) return;
    for (const name of Object.keys(init)) {
      const value = init[name]!;
      // sound: whatever else it is, it is refused there
      if (typeof value === 'string' || !Array.isArray(value)) this.add(name, value as string);
      else for (const one of value as readonly string[]) this.add(name, one);
    }
  }

  private get list(): Field[] {
    return this.unfolded ?? this.unfold();
  }

  /** Takes the room of a text and no more, until it is looked at again: for messages that are kept. @internal */
  fold(): void {
    const fields = this.unfolded;
    const text = fields?.at(-1)?.source;
    if (fields === undefined || text === undefined) return;
    let others: readonly Field[] = [];
    let places: readonly number[] = [];
    let from = -1;
    let behind = -1;
    for (let at = 0; at < fields.length; at += 1) {
      const field = fields[at]!;
      if (field.source !== text) {
        others = at === 0 ? [field] : [...others, field];
        places = at === 0 ? [0] : [...places, at];
        continue;
      }
      if (from < 0) from = field.start;
      else if (field.start !== behind + LINE_END) return; // something was taken out: the text says more than the list
      behind = field.end;
    }
    if (!text.startsWith(HEAD_END, behind)) return;
    this.folded = { text, from, others, places };
    this.unfolded = undefined;
  }

  private unfold(): Field[] {
    const { text, from, others, places } = this.folded!;
    const fields: Field[] = [];
    scanFields(text, from, Infinity, Infinity, fields); // it was found good before
    for (let at = 0; at < others.length; at += 1) fields.splice(places[at]!, 0, others[at]!);
    this.folded = undefined;
    return (this.unfolded = fields);
  }

  /** From now on every write of a program throws: for messages that came, which many read and the stack answers from. @internal */
  seal(): void {
    this.sealed = true;
  }

  /** A list that owns `fields` from now on. @internal */
  static of(fields: Field[]): HeaderList {
    return new HeaderList(undefined, fields);
  }

  [SHOWN](): readonly string[] {
    return this.list.map(({ line }) => line.trimEnd());
  }

  /** Fields, of all names together. */
  get size(): number {
    return this.list.length;
  }

  /** Goes up with every change: what was read from the list is good as long as it stands. @internal */
  get version(): number {
    return this.changes;
  }

  /** In wire order. @internal */
  get fields(): readonly Field[] {
    return this.list;
  }

  /** Value of the first field of that name: folds are one space, UTF-8 is decoded, a list in one field is left whole. */
  get(name: string): string | undefined {
    return this.find(name)?.value;
  }

  /** Values of all fields of that name, one a field, in wire order. */
  getAll(name: string): readonly string[] {
    const id = nameId(name, 0, name.length);
    const fields = this.list;
    const values: string[] = [];
    if (id === UNKNOWN) {
      const lower = name.toLowerCase();
      for (const field of fields) if (field.is(id, lower)) values.push(field.value);
    } else for (let at = 0; at < fields.length; at += 1) if (fields[at]!.id === id) values.push(fields[at]!.value);
    return values;
  }

  has(name: string): boolean {
    return this.find(name) !== undefined;
  }

  /**
   * Writes the field in place of the first of its name, and takes the others away; at the end when there is none.
   *
   * @throws SipError `SIP_HEADER_SYNTAX` for a name that is no token, or a value with CR, LF or NUL, `SIP_HEADER_LENGTH` for one above 65535
   *   characters, or for more than 1024 fields; `SIP_MESSAGE_RECEIVED` in a message that came, as every other write does.
   */
  set(name: string, value: string): void {
    this.assertOpen();
    const field = makeField(name, value);
    const at = this.indexOf(name);
    if (at < 0) this.append(field);
    else {
      this.list[at] = field;
      this.removeFrom(at + 1, name);
    }
    this.changes += 1;
  }

  /** Writes one more field, at the end. @throws SipError `SIP_HEADER_SYNTAX` and `SIP_HEADER_LENGTH` as {@link set} does. */
  add(name: string, value: string): void {
    this.assertOpen();
    this.append(makeField(name, value));
    this.changes += 1;
  }

  /** Writes one more field before the first of its name; before all others when there is none. @throws SipError `SIP_HEADER_SYNTAX` as {@link set} does. */
  prepend(name: string, value: string): void {
    this.assertOpen();
    this.list.splice(Math.max(this.indexOf(name), 0), 0, makeField(name, value));
    this.changes += 1;
  }

  /** Takes all fields of that name away. True when there was one. */
  delete(name: string): boolean {
    this.assertOpen();
    const before = this.list.length;
    this.removeFrom(0, name);
    if (this.list.length === before) return false;
    this.changes += 1;
    return true;
  }

  /** Canonical names, each once, in the order in which they appear first; unknown ones as they are spelt there. */
  *names(): Generator<string> {
    const seen = new Set<string>();
    for (const field of this.list) {
      const name = field.id === UNKNOWN ? field.name : nameOf(field.id);
      const key = name.toLowerCase();
      if (seen.has(key)) continue;
      seen.add(key);
      yield name;
    }
  }

  /** Every field, in wire order and wire spelling. */
  *entries(): Generator<readonly [name: string, value: string]> {
    for (const field of this.list) yield [field.name, field.value];
  }

  /** Adds all fields of that name of `other` at the end, spelt as they are there. Fields are shared, not parsed anew. */
  copyFrom(other: HeaderList, name: string): void {
    this.assertOpen();
    const id = nameId(name, 0, name.length);
    const lower = id === UNKNOWN ? name.toLowerCase() : '';
    for (const field of other.list) if (field.is(id, lower)) this.list.push(field);
    this.changes += 1;
  }

  /** A list of its own with the same fields. */
  clone(): HeaderList {
    return HeaderList.of(this.list.slice());
  }

  /** The first field of that name. @internal */
  find(name: string): Field | undefined {
    const id = nameId(name, 0, name.length);
    return id === UNKNOWN ? this.list[this.indexOf(name)] : this.first(id);
  }

  /** The first field with that number of the names table. @internal */
  first(id: number): Field | undefined {
    const fields = this.list;
    for (let at = 0; at < fields.length; at += 1) if (fields[at]!.id === id) return fields[at];
    return undefined;
  }

  /** Puts `field` in the place of `old`, a field of this list; no change that readers must hear of. @internal */
  swap(old: Field, field: Field): void {
    this.list[this.list.indexOf(old)] = field;
  }

  /** Adds a field made elsewhere at the end. @internal */
  push(field: Field): void {
    this.list.push(field);
    this.changes += 1;
  }

  private assertOpen(): void {
    if (this.sealed) throw new SipError('SIP_MESSAGE_RECEIVED', 'the headers of a message that came cannot be edited', undefined);
  }

  private append(field: Field): void {
    if (this.list.length >= MAX_FIELDS) {
      throw new SipError('SIP_HEADER_LENGTH', `a message may have ${MAX_FIELDS} header fields`, { header: field.name, limit: MAX_FIELDS });
    }
    this.list.push(field);
  }

  private indexOf(name: string): number {
    const id = nameId(name, 0, name.length);
    const lower = id === UNKNOWN ? name.toLowerCase() : '';
    const fields = this.list;
    for (let at = 0; at < fields.length; at += 1) if (fields[at]!.is(id, lower)) return at;
    return -1;
  }

  private removeFrom(start: number, name: string): void {
    const id = nameId(name, 0, name.length);
    const lower = id === UNKNOWN ? name.toLowerCase() : '';
    let kept = start;
    for (let at = start; at < this.list.length; at += 1) {
      const field = this.list[at]!;
      if (!field.is(id, lower)) this.list[kept++] = field;
    }
    this.list.length = kept;
  }
}
