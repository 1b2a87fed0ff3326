import { describe, expect, it } from 'vitest';
import { CapabilityTable } from './capabilities.ts';

describe('capabilities of a stack', () => {
  it('are counted by token: what two packages added stays until both are gone', () => {
    const table = new CapabilityTable();
    const first = table.register({ allow: ['INFO'], accept: ['application/dtmf-relay'], supported: ['timer'] });
    const second = table.register({ allow: ['INFO', 'BYE'], supported: ['Timer'] });
    expect(table.values).toEqual({ allow: 'OPTIONS, INFO, BYE', accept: 'application/dtmf-relay', supported: 'timer' });
    first.unregister();
    first.unregister();
    expect(table.values).toEqual({ allow: 'OPTIONS, INFO, BYE', accept: '', supported: 'timer' });
    second[Symbol.dispose]();
    expect(table.values).toEqual({ allow: 'OPTIONS', accept: '', supported: '' });
  });

  it('that callers must know are supported by us, and asked for until nobody asks any more', () => {
    const table = new CapabilityTable();
    const first = table.register({ require: ['Timer'] });
    const second = table.register({ require: ['timer', '100rel'] });
    expect([table.required, table.values.supported]).toEqual([['timer', '100rel'], 'timer, 100rel']);
    second.unregister();
    expect([table.required, table.values.supported]).toEqual([['timer'], 'timer']);
    first.unregister();
    expect([table.required, table.values.supported]).toEqual([[], '']);
  });

  it('show ACK and CANCEL beside INVITE', () => {
    const table = new CapabilityTable();
    table.register({ allow: ['INVITE'] });
    expect(table.values.allow).toBe('OPTIONS, INVITE, ACK, CANCEL');
  });

  it.each([
    { type: 'application/sdp', accepts: true },
    { type: 'multipart/mixed', accepts: true },
    { type: 'multipart/related', accepts: true },
    { type: 'text/plain', accepts: false },
  ])('read $type: $accepts', ({ type, accepts }) => {
    const table = new CapabilityTable();
    expect(table.values.accepts(type)).toBe(true);
    table.register({ accept: ['application/sdp', 'multipart/*'] });
    expect(table.values.accepts(type)).toBe(accepts);
  });

  it.each([
    { ranges: ['application/sdp'], accepted: true },
    { ranges: ['text/html', 'Application/SDP;level=1'], accepted: true },
    { ranges: ['application/*'], accepted: true },
    { ranges: ['*/*'], accepted: true },
    { ranges: ['text/nobodyKnowsThis'], accepted: false },
  ])('can be written for one who reads $ranges: $accepted', ({ ranges, accepted }) => {
    const table = new CapabilityTable();
    table.register({ accept: ['application/sdp'] });
    expect(table.values.accepted(ranges)).toBe(accepted);
  });
});
