/** A gateway that stays out of the media: what it needs for a call that comes in, and what becomes of that side's changes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { passThrough, type SdpHandler, type Session, type Supplement } from '../../src/index.ts';
import { Testbed, type Party } from '../../src/testing.ts';

/** Claims for the driver, and makes nothing. */
const claims: SdpHandler = {
  name: 'passed-through',
  handleIncomingStream: () => 'claimed',
  createOutgoingStream: () => undefined,
  applyNegotiatedStream() {},
  rollbackStream() {},
  stopStream() {},
};

let bed: Testbed;
let [alice, gateway, bob]: Party[] = [];

beforeEach(async () => {
  bed = new Testbed();
  [alice, gateway, bob] = [await bed.party('alice'), await bed.party('gateway', { traced: false }), await bed.party('bob')];
  bob.service.onIncoming((session) => session.accept());
});
afterEach(() => bed.close());

/** Whoever calls the gateway calls bob, with the description that it brought. */
function joins(): void {
  gateway!.service.onIncoming(async (session, invite) => {
    let answer = invite.body!;
    const leg = await gateway!.service.invite(bob!.uri(), {
      media: passThrough(invite.body!),
      signal: session.signal,
      onResponse: ({ status, body }) => void (status === 200 && body !== undefined && (answer = body)),
    });
    await session.accept({ media: passThrough(answer) });
    void session.ended.then(() => leg.end());
  });
}

async function call(): Promise<Session> {
  const session = alice!.service.create(gateway!.uri());
  session.established.catch(() => {});
  await bed.clock.advance(1000);
  return session;
}

describe('the streams of a call that came in', () => {
  it('are refused before the driver is asked, where no handler claims them', async () => {
    joins();
    const session = await call();
    await expect(session.established).rejects.toMatchObject({ code: 'SESSION_REFUSED', info: { status: 488 } });
    expect([...bob!.service.sessions]).toEqual([]);
  });

  it('pass through to another leg where one does; a change of theirs is answered by the core, and told to mediaChanged', async () => {
    const changes: string[] = [];
    const listener: Supplement = {
      name: 'listener',
      mediaChanged: ({ direction }, { after }) => void changes.push(`${direction}: ${after[0]!.local.lines.at(-1)}`),
    };
    gateway!.service.registerSupplement(listener);
    gateway!.service.registerSdpHandler(claims, '*');
    joins();
    const session = await call();
    const [theirs] = [...bob!.service.sessions][0]!.streams;
    expect(session.streams[0]!.remote.lines).toEqual(['c=IN IP4 192.0.2.3', ...theirs!.local.lines]);
    const held = session.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
    await bed.clock.advance(1000);
    expect(await held).toMatchObject({ kind: 'agreed' });
    expect(changes).toEqual(['outgoing: a=sendrecv', 'incoming: a=sendrecv', 'incoming: a=recvonly']);
    void session.end();
    await bed.clock.advance(64_000);
    expect(bed.leftOver()).toEqual({});
  });
});
