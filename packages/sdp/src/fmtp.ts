/** Format parameters, the value of a=fmtp (RFC 8866 §6.15): the text as it came, and a map of it made on first read. */
import { parameterList } from './grammar.ts';

/** Parameters of a codec, for rules and handlers. */
export class Fmtp {
  /** As on the wire, without the payload number; '' when there is no a=fmtp. */
  readonly raw: string;
  #parameters: ReadonlyMap<string, string> | undefined;

  constructor(raw: string) {
    this.raw = raw;
  }

  /** Names in lower case, in their order; '' for one without a value (`0-15`). Of a name given twice the last counts. */
  get parameters(): ReadonlyMap<string, string> {
    this.#parameters ??= new Map(parameterList(this.raw).map(([name, value]) => [name.toLowerCase(), value]));
    return this.#parameters;
  }

  /** The value of a parameter, whatever the case of its name. */
  get(name: string): string | undefined {
    return this.raw === '' ? undefined : this.parameters.get(name.toLowerCase());
  }
}

/** No parameters. */
export const NO_FMTP = new Fmtp('');
