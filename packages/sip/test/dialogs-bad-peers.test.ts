import { buildResponse, type Dialog, type ServerTransaction, type SipResponse } from '@jackfield/sip';
import { ackText, cancelText, inDialogText, RawPeer, requestText, responseText } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { LISTENERS, US, accept, call, Hearer, remains, rig, script, Usage, type Rig } from './rig.ts';

/** A call of the peer's that is up. */
async function established({ core, peer, say, hear }: Rig) {
  const usage = new Usage(core, accept);
  const invite = script(peer);
  await say(requestText('INVITE', invite));
  const accepted = await hear(200);
  await say(ackText(invite, accepted));
  const dialog = core.dialogs.find(invite.callId, 'us', usage.taken[0]!.request.from.tag)!;
  return { usage, invite, accepted, dialog };
}

const statuses = (peer: RawPeer): string[] =>
  peer.unread().map((message) => (message.kind === 'response' ? `${message.status} ${message.cseq.method}` : message.method));

describe('a dialog that is over', () => {
  it('T-27: is not revived by a response that comes late; the transaction of that request has it, and nobody else', async () => {
    const test = await rig();
    const { core, hear, say } = test;
    const { usage, dialog } = await established(test);
    const hearer = new Hearer();
    dialog.request('INVITE', {}, hearer);
    const reinvite = await hear('INVITE');
    dialog.terminate();
    const before = { requests: usage.requests.length, acks: usage.acks.length };
    await say(responseText(reinvite, 200, { contact: '<sip:elsewhere@192.0.2.99>' }));
    expect(hearer.news).toEqual(['200']);
    dialog.confirm(hearer.responses[0]!); // what a user does that has not noticed yet
    dialog.confirm(hearer.transaction?.request ?? reinvite);
    expect([dialog.state, core.dialogs.live]).toEqual(['terminated', 0]);
    await say(responseText(reinvite, 200, { contact: '<sip:elsewhere@192.0.2.99>' }));
    expect([dialog.state, core.dialogs.live]).toEqual(['terminated', 0]);
    expect({ requests: usage.requests.length, acks: usage.acks.length }).toEqual(before);
    expect(await remains(test)).toEqual(LISTENERS);
  });

  it.each(['INVITE', 'UPDATE', 'INFO', 'BYE', 'PRACK', 'REFER', 'X-OWN'])(
    'T-27: answers 481 to %s, and its user hears nothing',
    async (method) => {
      const test = await rig();
      const { core, say, hear } = test;
      const { usage, invite, accepted, dialog } = await established(test);
      dialog.terminate();
      await say(inDialogText(method, invite, accepted, { branch: 'z9hG4bKlate', cseq: 2 }));
      const gone = await hear(481);
      expect([gone.to.tag, gone.cseq.method]).toEqual(['us', method]);
      if (method === 'INVITE') await say(ackText({ ...invite, branch: 'z9hG4bKlate', cseq: 2 }, gone));
      expect([usage.requests, usage.acks.length, core.dialogs.live]).toEqual([[], 1, 0]);
      expect(await remains(test)).toEqual(LISTENERS);
    },
  );

  it('T-27: gives a CANCEL that crossed the 200 its own 200, and the call stays up', async () => {
    const test = await rig();
    const { peer, say } = test;
    const { usage, invite, dialog } = await established(test);
    await say(cancelText(invite));
    expect(statuses(peer)).toEqual(['200 CANCEL']);
    expect([dialog.state, usage.requests.length]).toEqual(['confirmed', 0]);
  });
});

describe('the dialogs of one INVITE of ours', () => {
  /** Tags that a table with poor hashing or sloppy keys would mix up: one character apart, in another case, of equal sums, with separators in them. */
  const TAGS = [
    'a',
    'A',
    'aa',
    'Aa',
    'BB',
    'AaAa',
    'BBBB',
    'AaBB',
    'a-',
    '-a',
    '0',
    '00',
    'undefined',
    '__proto__',
    'constructor',
    'toString',
  ];

  it('T-32: are told apart whatever their tags look like, and one that ends takes no other along', async () => {
    const { core, hear, say, peer } = await rig();
    const hearer = new Hearer();
    const usage = new Usage(core);
    const made: Dialog[] = [];
    hearer.onResponse = (response, transaction) => {
      if (response.to.tag === undefined || core.dialogs.find(response.callId, 'us', response.to.tag) !== undefined) return;
      made.push(core.dialogs.fromResponse(transaction, response, usage));
    };
    await call(core, hearer);
    const invite = await hear('INVITE');
    for (const tag of [...TAGS, ...TAGS])
      await say(responseText(invite, 183, { toTag: tag, contact: `<sip:fork-${made.length}@192.0.2.50>` }));
    expect(made.map((dialog) => dialog.remoteTag)).toEqual(TAGS);
    expect(core.dialogs.live).toBe(TAGS.length);
    expect(made.map(({ remoteTarget }) => remoteTarget.toString())).toEqual(TAGS.map((_, at) => `sip:fork-${at}@192.0.2.50`));
    const info = (tag: string): string =>
      requestText('INFO', {
        ...script(peer),
        from: `<sip:peer@example.com>;tag=${tag}`,
        to: `<sip:us@${US}>;tag=us`,
        callId: invite.callId,
        cseq: 7,
      });
    for (const [at, tag] of TAGS.entries()) {
      await say(info(tag));
      expect(usage.requests.at(-1)!.request.from.tag).toBe(tag);
      expect(made.map((dialog) => dialog.remoteSequence)).toEqual(TAGS.map((_, index) => (index <= at ? 7 : undefined)));
    }
    for (const [at, tag] of TAGS.entries()) {
      made[at]!.terminate();
      expect(core.dialogs.find(invite.callId, 'us', tag)).toBeUndefined();
      expect(core.dialogs.live).toBe(TAGS.length - at - 1);
    }
  });

  it('T-32: are not reached by a tag in quotes that spells the parts of another key', async () => {
    const test = await rig();
    const { core, say } = test;
    const { usage, invite } = await established(test);
    const { tag } = usage.taken[0]!.request.from;
    const forged = { ...invite, branch: 'z9hG4bKforged', cseq: 2, from: `<sip:x@y>`, to: `<sip:us@${US}>;tag="us ${tag!}"` };
    await say(requestText('INFO', forged));
    expect([usage.requests.length, core.dialogs.live]).toEqual([0, 1]);
    expect(core.stats().total['malformed']).toBe(1); // a tag is a token
  });

  it('T-32: outlive a 2xx of a fork that nobody had heard of, and a refusal with a tag of its own', async () => {
    const { core, hear, say } = await rig();
    const hearer = new Hearer();
    const usage = new Usage(core);
    hearer.onResponse = (response, transaction) => {
      const { tag } = response.to;
      if (tag === undefined || response.status >= 300) return;
      const dialog = core.dialogs.find(response.callId, 'us', tag) ?? core.dialogs.fromResponse(transaction, response, usage);
      if (response.status >= 200) dialog.confirm(response);
    };
    await call(core, hearer);
    const invite = await hear('INVITE');
    const find = (tag: string) => core.dialogs.find(invite.callId, 'us', tag);
    await say(responseText(invite, 180, { toTag: 'one', contact: '<sip:one@192.0.2.9>' }));
    await say(responseText(invite, 200, { toTag: 'never-rang', contact: '<sip:two@192.0.2.9>' }));
    await say(responseText(invite, 200, { toTag: 'one', contact: '<sip:one@192.0.2.9>' }));
    await say(responseText(invite, 486, { toTag: 'third' })); // of a fork that lost; absorbed once a 2xx is in (RFC 6026)
    expect(hearer.news).toEqual(['180', '200', '200']);
    expect([find('one')?.state, find('never-rang')?.state, find('third')]).toEqual(['confirmed', 'confirmed', undefined]);
    find('never-rang')!.terminate();
    expect(find('one')?.state).toBe('confirmed');
    expect(core.dialogs.live).toBe(1);
  });

  it('T-32: of a refused INVITE are left to their user, and the table has them no longer than he', async () => {
    const test = await rig();
    const { core, hear, say } = test;
    const hearer = new Hearer();
    const made: Dialog[] = [];
    hearer.onResponse = (response, transaction) => {
      if (response.status < 200) made.push(core.dialogs.fromResponse(transaction, response, new Usage(core)));
    };
    await call(core, hearer);
    const invite = await hear('INVITE');
    await say(responseText(invite, 180, { toTag: 'one' }));
    await say(responseText(invite, 486, { toTag: 'somebody-else' }));
    expect((await hear('ACK')).to.tag).toBe('somebody-else');
    expect([made.length, made[0]!.state]).toEqual([1, 'early']);
    made[0]!.terminate();
    expect(await remains(test)).toEqual(LISTENERS);
  });
});

describe('an ACK that nobody waits for', () => {
  it.each<{ what: string; text: (peer: RawPeer) => string }>([
    { what: 'with no dialog and no tag', text: (peer) => requestText('ACK', script(peer)) },
    { what: 'with the tags of no dialog', text: (peer) => requestText('ACK', script(peer, { to: `<sip:us@${US}>;tag=nobody` })) },
    { what: 'with an unknown Require', text: (peer) => requestText('ACK', script(peer, { fields: { Require: 'nobody' } })) },
    { what: 'that can go no further', text: (peer) => requestText('ACK', script(peer, { fields: { 'Max-Forwards': '0' } })) },
    { what: 'with a body of no known type', text: (peer) => requestText('ACK', script(peer, { body: 'x', type: 'x/y' })) },
    { what: 'with a CSeq of another method', text: (peer) => requestText('ACK', script(peer, { fields: { CSeq: '1 INVITE' } })) },
    { what: 'that cannot be read', text: (peer) => requestText('ACK', script(peer, { fields: { CSeq: 'x' } })) },
    { what: 'to nobody of that scheme', text: (peer) => requestText('ACK', script(peer, { uri: 'mailto:x@y.z' })) },
  ])('T-34: $what is met with silence and kept nowhere', async ({ text }) => {
    const test = await rig();
    const { core, peer, say } = test;
    const usage = new Usage(core);
    const ack = text(peer);
    await say(ack);
    await say(ack);
    expect(peer.unread()).toEqual([]);
    expect([usage.taken.length, usage.acks.length]).toEqual([0, 0]);
    expect(await remains(test)).toEqual(LISTENERS);
  });

  it('T-34: from a source that has no part in the call, or once more, leaves the call as it is', async () => {
    const test = await rig();
    const { core, network, clock, peer, say } = test;
    const { usage, invite, accepted, dialog } = await established(test);
    const stranger = await RawPeer.bind(network.host('192.0.2.66'), { host: '192.0.2.66', port: 5060 });
    const foreign = { ...invite, via: stranger.sentBy, from: '<sip:peer@example.com>;tag=guessed' };
    stranger.send(ackText(foreign, accepted, { branch: 'z9hG4bKstranger' }), { host: US, port: 5060 });
    await clock.advance(10);
    await say(ackText(invite, accepted));
    await say(ackText(invite, accepted));
    expect([stranger.unread(), peer.unread()]).toEqual([[], []]);
    expect(usage.acks.map((ack) => ack.via.host)).toEqual([peer.host, peer.host, peer.host]); // the user knows which it waits for
    expect([dialog.state, dialog.remoteSequence]).toEqual(['confirmed', 1]);
    expect(core.stats().total['strayAcks']).toBe(1);
  });

  it('T-34: before there is any answer ends nothing', async () => {
    const { core, peer, say } = await rig();
    const usage = new Usage(core);
    const invite = script(peer);
    await say(requestText('INVITE', invite));
    await say(requestText('ACK', { ...invite, contact: undefined }));
    expect(peer.unread()).toEqual([]);
    expect([usage.taken[0]!.state, usage.news, usage.acks]).toEqual(['proceeding', [], []]);
  });
});

describe('requests that overlap', () => {
  it.each<{ what: string; methods: [string, string] }>([
    { what: 'two BYEs', methods: ['BYE', 'BYE'] },
    { what: 'a BYE and a re-INVITE', methods: ['BYE', 'INVITE'] },
    { what: 'a re-INVITE and a BYE', methods: ['INVITE', 'BYE'] },
  ])('T-35: $what get an answer each, once, whatever is copied', async ({ methods }) => {
    const test = await rig();
    const { peer, say, clock } = test;
    const { usage, invite, accepted, dialog } = await established(test);
    const texts = methods.map((method, at) => inDialogText(method, invite, accepted, { branch: `z9hG4bKover${at}`, cseq: 2 + at }));
    for (const text of [...texts, ...texts]) await say(text);
    expect(usage.requests.map(({ request }) => request.method)).toEqual(methods);
    peer.unread(); // 100s for copies of the re-INVITE
    for (const transaction of usage.requests) {
      for (const status of [transaction.request.method === 'BYE' ? 200 : 487, 200, 500])
        transaction.respond(buildResponse(transaction.request, status));
    }
    dialog.terminate();
    await clock.advance(5);
    const answers = statuses(peer);
    expect(answers.toSorted()).toEqual(methods.map((method) => (method === 'BYE' ? '200 BYE' : '487 INVITE')).toSorted());
    for (const text of texts) await say(text);
    expect(statuses(peer).filter((answer) => !answers.includes(answer))).toEqual([]); // a copy gets the same answer again, and no other
    expect(usage.requests).toHaveLength(2);
    const at = methods.indexOf('INVITE');
    if (at >= 0) {
      const { to } = accepted;
      await say(requestText('ACK', { ...invite, branch: `z9hG4bKover${at}`, cseq: 2 + at, to: to.toString(), contact: undefined }));
    }
    expect(await remains(test)).toEqual(LISTENERS);
  });

  it('T-35: of CANCELs, each gets one 200, and the INVITE one 487', async () => {
    const test = await rig();
    const { core, peer, say } = test;
    const cancels: ServerTransaction[] = [];
    const usage: Usage = new Usage(core, (transaction) => {
      transaction.user = {
        ...transaction.user,
        cancelled: (cancel) => void cancels.push(cancel),
        terminated: () => usage.news.push('terminated'),
      };
    });
    const invite = script(peer);
    await say(requestText('INVITE', invite));
    const cancel = cancelText(invite);
    await say(cancel);
    await say(cancel);
    expect(cancels).toHaveLength(1);
    for (const one of [...cancels, ...cancels]) one.respond(buildResponse(one.request, 200, { toTag: 'us' }));
    for (let count = 0; count < 2; count += 1) usage.taken[0]!.respond(buildResponse(usage.taken[0]!.request, 487, { toTag: 'us' }));
    await say('\r\n\r\n');
    expect(statuses(peer).toSorted()).toEqual(['200 CANCEL', '487 INVITE']);
    await say(cancel);
    expect(statuses(peer)).toEqual(['200 CANCEL']);
    expect(cancels).toHaveLength(1);
    await say(requestText('ACK', { ...invite, contact: undefined }));
    expect(await remains(test)).toEqual(LISTENERS);
  });
});

describe('the target of a dialog, RFC 6141 §4', () => {
  it.each<{ what: string; status: number; fields: Record<string, string>; moves: boolean }>([
    { what: 'a 2xx', status: 200, fields: {}, moves: true },
    { what: 'a reliable provisional response', status: 183, fields: { RSeq: '1', Require: '100rel' }, moves: true },
    { what: 'an unreliable provisional response', status: 183, fields: {}, moves: false },
    { what: 'a refusal', status: 488, fields: {}, moves: false },
    { what: 'a redirection', status: 302, fields: {}, moves: false },
  ])('moves with $what: $moves', async ({ status, fields, moves }) => {
    const test = await rig();
    const { hear, say } = test;
    const { dialog } = await established(test);
    const before = dialog.remoteTarget.toString();
    const hearer = new Hearer();
    hearer.onResponse = (response: SipResponse) => dialog.refreshTarget(response);
    dialog.request('INVITE', {}, hearer);
    await say(responseText(await hear('INVITE'), status, { contact: '<sip:moved@192.0.2.77>', fields }));
    expect(hearer.responses).toHaveLength(1);
    expect(dialog.remoteTarget.toString()).toBe(moves ? 'sip:moved@192.0.2.77' : before);
    expect(dialog.state).toBe('confirmed');
  });
});
