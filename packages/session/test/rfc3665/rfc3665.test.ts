/** RFC 3665 §3, flow by flow, from both sides. Where the RFC has a Route in a first request, DNS leads to the same first hop here. */
import { describe, expect, it } from 'vitest';
import { Agent } from './agent.ts';
import { flows, type AgentName } from './flow.ts';

/** How the session stands when the flow is over: its state, or how it ended. */
const OUTCOMES: Readonly<Record<string, Readonly<Partial<Record<AgentName, string>>>>> = {
  '3.1': { Alice: 'ended by remote', Bob: 'ended by local' },
  '3.2': { Alice: 'ended by remote', Bob: 'ended by local' },
  '3.3': { Alice: 'established', Bob: 'established' },
  '3.4': { Alice: 'ended by remote', Bob: 'ended by local' },
  '3.5': { Alice: 'ended by local', Bob: 'ended by remote' },
  '3.6': { Alice: 'ended by remote', Bob: 'ended by local' },
  '3.7': { Alice: 'ended by local', Bob: 'ended by remote' },
  '3.8': { Alice: 'ended by local 487', Bob: 'ended by remote 487' },
  '3.9': { Alice: 'ended by remote 486', Bob: 'ended by local 486' },
  '3.10': { Alice: 'ended by remote 480' }, // Bob never says a word
  '3.11': { Alice: 'ended by remote 480', Bob: 'ended by local 480' },
};

it('there is an outcome for every flow of §3', () => {
  expect(flows.map(({ section }) => section)).toEqual(Object.keys(OUTCOMES));
});

describe.each(flows)('RFC 3665 §$section, $title', (flow) => {
  it.each(Object.entries(OUTCOMES[flow.section]!))('as %s: %s', async (name, outcome) => {
    const agent = await Agent.open(flow, name as AgentName);
    const session = await agent.play();
    if (session.state === 'ended') {
      const { by, status } = await session.ended;
      expect(`ended by ${by}${status === undefined ? '' : ` ${status}`}`).toBe(outcome);
    } else expect(session.state).toBe(outcome);
    await agent.close();
  });
});
