import { describe, expect, it } from 'vitest';
import { requestText } from '@jackfield/sip/testing';
import { Testbed, type RawPeer } from '../src/testing.ts';

describe('scripted peers of a test bed', () => {
  it.each(['udp', 'tcp'] as const)('turn its clock while they wait for a message: %s', async (transport) => {
    const bed = new Testbed();
    const alice = await bed.party('alice');
    const peer = await bed.peer('peer', transport);
    const suffix = transport === 'tcp' ? ';transport=tcp' : '';
    const session = alice.service.create(`sip:peer@192.0.2.2:5060${suffix}`);
    session.established.catch(() => {});
    const invite = await peer.expect('INVITE', { withinMs: 1000 });
    peer.respond(invite, 486, { toTag: 'peer' });
    await peer.expect('ACK', { withinMs: 1000 });
    await expect(peer.expect('BYE', { withinMs: 1000 })).rejects.toThrow('1000 ms');
    await bed.close();
  });

  it('that connect themselves do so too', async () => {
    const bed = new Testbed();
    await bed.party('bob');
    const caller: RawPeer = await bed.caller('caller', { host: '192.0.2.1', port: 5060 })();
    const fields = {
      uri: 'sip:bob@192.0.2.1',
      branch: 'z9hG4bK-1',
      from: '<sip:a@b>;tag=1',
      to: '<sip:bob@192.0.2.1>',
      callId: '1',
      cseq: 1,
    };
    caller.send(requestText('OPTIONS', { ...fields, via: caller.sentBy, transport: 'TCP' }));
    expect(await caller.expect(200, { withinMs: 1000 })).toMatchObject({ status: 200 });
    await bed.close();
  });
});
