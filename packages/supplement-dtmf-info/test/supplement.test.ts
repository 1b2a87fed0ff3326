import { isReply } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import { FakeCall, info } from './fakes.ts';
import { dtmfInfoSupplement, onDtmfInfo, type DtmfInfoOptions } from '../src/supplement.ts';

function ask(request: ReturnType<typeof info>, { session } = new FakeCall(), options?: DtmfInfoOptions): number | undefined {
  const decision: unknown = dtmfInfoSupplement(options).incomingRequest!(session, request);
  return isReply(decision) ? decision.status : undefined;
}

describe('INFO with a key press', () => {
  it.each([
    { type: 'application/dtmf-relay', text: 'Signal=5\r\nDuration=250\r\n', status: 200, told: [{ digit: '5', durationMs: 250 }] },
    { type: 'Application/DTMF-Relay;charset=utf-8', text: 'Signal=*', status: 200, told: [{ digit: '*', durationMs: 160 }] },
    { type: 'application/dtmf', text: '11', status: 200, told: [{ digit: '#', durationMs: 160 }] },
    { type: 'application/dtmf-relay', text: 'Signal=16', status: 200, told: [{ digit: 'flash', durationMs: 160 }] },
    { type: 'application/dtmf-relay', text: '', status: 200, told: [] },
    { type: 'APPLICATION/DTMF ; x=y', text: '', status: 200, told: [] },
    { type: 'application/dtmf', text: ' ', status: 200, told: [] },
    { type: 'application/dtmf-relay', text: 'Signal=17', status: 400, told: [] },
    { type: 'application/dtmf', text: 'hello', status: 400, told: [] },
    { type: 'application/dtmf-relayed', text: 'Signal=5', status: undefined, told: [] },
    { type: 'text/plain', text: '5', status: undefined, told: [] },
    { type: undefined, text: '', status: undefined, told: [] },
  ])('$type $text: $status', ({ type, text, status, told }) => {
    const heard: unknown[] = [];
    expect(ask(info(type, text), new FakeCall(), { onDigit: (_session, key) => heard.push(key) })).toBe(status);
    expect(heard).toEqual(told);
  });

  it('that belongs to an Info-Package is left to others (RFC 6086 §4.2.2)', () => {
    expect(ask(info('application/dtmf-relay', 'Signal=5', { 'Info-Package': 'foo' }))).toBeUndefined();
  });

  it('is what the session allows and accepts', () => {
    expect(dtmfInfoSupplement()).toMatchObject({
      methods: ['INFO'],
      allow: ['INFO'],
      accept: ['application/dtmf-relay', 'application/dtmf'],
    });
  });
});

describe('who listens', () => {
  const five = info('application/dtmf-relay', 'Signal=5');

  it('hears the keys of its own session, until it is taken back', () => {
    const [call, other] = [new FakeCall(), new FakeCall()];
    const heard: string[] = [];
    const registration = onDtmfInfo(call.session, (session, { digit }) => heard.push(`${session === call.session} ${digit}`));
    ask(five, other);
    ask(five, call);
    registration.unregister();
    registration.unregister();
    ask(five, call);
    expect(heard).toEqual(['true 5']);
  });

  it('may listen twice, and is taken back once', () => {
    const call = new FakeCall();
    let heard = 0;
    const listener = (): void => void (heard += 1);
    onDtmfInfo(call.session, listener);
    onDtmfInfo(call.session, listener)[Symbol.dispose]();
    ask(five, call);
    expect(heard).toBe(1);
  });

  it('hears although another one fails, whose failure then is the core’s to answer', () => {
    const call = new FakeCall();
    const heard: string[] = [];
    onDtmfInfo(call.session, () => {
      throw new Error('first');
    });
    onDtmfInfo(call.session, (_session, { digit }) => heard.push(digit));
    expect(() => ask(five, call)).toThrow('first');
    expect(heard).toEqual(['5']);
  });
});
