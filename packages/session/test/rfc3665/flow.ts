/** The call flows of RFC 3665 §3 as data: of each flow the messages that a user agent sends or receives. */
import { readFileSync } from 'node:fs';

export type AgentName = 'Alice' | 'Bob';

export interface FlowMessage {
  readonly step: string;
  readonly from: string;
  readonly to: string;
  /** Of a request. */
  readonly method?: string;
  readonly uri?: string;
  /** Of a response. */
  readonly status?: number;
  readonly cseq?: number;
  /** Method of the CSeq. */
  readonly of?: string;
  readonly fromTag?: string;
  readonly toTag?: string;
  /** `Via`: those below the topmost. */
  readonly headers?: Readonly<Record<string, readonly string[]>>;
  readonly body?: string;
}

export interface Flow {
  readonly section: string;
  readonly title: string;
  readonly messages: readonly FlowMessage[];
}

const text = readFileSync(new URL('flows.json', import.meta.url), 'utf8');
export const flows = (JSON.parse(text) as { readonly flows: readonly Flow[] }).flows;

/** What one of the two user agents has to do with. */
export function seenBy(flow: Flow, agent: AgentName): readonly FlowMessage[] {
  return flow.messages.filter(({ from, to }) => from === agent || to === agent);
}
