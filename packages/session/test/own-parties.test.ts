/** From, To and Call-ID of a call of ours, whoever wrote them: what the dialog hangs on is the session's (RFC 3261 §8.1.1, §12.1.2). */
import { SipError } from '@jackfield/base';
import { parseUri, retry, type Headers } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import type { InviteOptions, Supplement } from '../src/index.ts';
import { Play } from './ladders/play.ts';

type Edits = Readonly<Record<string, string | undefined>>;

function edit(headers: Headers | undefined, edits: Edits): void {
  for (const [name, value] of Object.entries(edits)) {
    if (value === undefined) headers?.delete(name);
    else headers?.set(name, value);
  }
}

/** Who writes them: the application, an admission, a hook. */
const WRITERS: Record<string, (edits: Edits) => [InviteOptions, ...Supplement[]]> = {
  application: (edits) => [{ headers: edits as Record<string, string> }],
  admission: (edits) => [{}, { name: 'writer', admitSession: ({ headers }) => edit(headers, edits) }],
  hook: (edits) => [
    {},
    { name: 'writer', outgoingRequest: (_session, { headers, initial }) => (initial ? edit(headers, edits) : undefined) },
  ],
};
const writers = Object.keys(WRITERS);

async function calling(writer: string, edits: Edits) {
  const play = new Play();
  const called = await play.calling(...WRITERS[writer]!(edits));
  return { play, ...called };
}

/** The peer's requests find the call, and ours the peer's. */
async function works({ play, peer, session }: Awaited<ReturnType<typeof calling>>): Promise<void> {
  await peer.answer('INVITE', 180);
  await peer.accept();
  expect(session.state).toBe('established');
  await peer.request('BYE');
  expect(peer.response(({ cseq }) => cseq.method === 'BYE').status).toBe(200);
  expect(session.state).toBe('ended');
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
}

describe.each(writers)('written by the %s', (writer) => {
  it.each(['<sip:f@f>', 'sip:f@f', '"F ;tag=no" <sip:f@f>;isup-oli=7', '<sip:f@f;tag=inside>'])(
    'From %s without a tag gets the tag of the dialog',
    async (from) => {
      const call = await calling(writer, { From: from });
      const sent = call.peer.got('INVITE').from;
      expect([sent.uri.host, sent.tag]).toEqual(['f', call.session.dialog.localTag]);
      expect(sent.parameters.get('isup-oli')).toBe(from.includes('isup-oli') ? '7' : undefined);
      await works(call);
    },
  );

  it('From with a tag: the dialog has it where it is the application that says so', async () => {
    const call = await calling(writer, { From: 'F <sip:f@f>;tag=own' });
    const { tag } = call.peer.got('INVITE').from;
    expect([tag, tag === 'own']).toEqual([call.session.dialog.localTag, writer === 'application']);
    await works(call);
  });

  it('Call-ID: likewise', async () => {
    const call = await calling(writer, { 'Call-ID': 'mine' });
    const { callId } = call.peer.got('INVITE');
    expect([callId, callId === 'mine']).toEqual([call.session.dialog.callId, writer === 'application']);
    await works(call);
  });

  it.each(['<sip:other@o>;tag=zz', '<sip:other@o> ; TAG = zz'])('To %s keeps whom it names, and no tag', async (to) => {
    const call = await calling(writer, { To: to });
    const { uri, tag } = call.peer.got('INVITE').to;
    expect([uri.toString(), tag]).toEqual(['sip:other@o', undefined]);
    await works(call);
  });

  it.each([
    { From: '<sip:' },
    { From: '<sip:f@f>;tag=' },
    { From: '<sip:f@f>, <sip:g@g>' },
    { To: 'nobody' },
    ...(writer === 'application' ? [] : [{ From: undefined }, { To: undefined }]),
  ])('%o is nobody: no INVITE leaves', async (edits) => {
    const play = new Play();
    const [options, ...supplements] = WRITERS[writer]!(edits);
    const alice = await play.bed.party('alice');
    for (const one of supplements) alice.service.registerSupplement(one);
    const peer = await play.bed.peer('peer');
    const outcome = alice.service.invite(`sip:peer@${peer.sentBy}`, options).catch((error: unknown) => error);
    await play.go();
    const error = await outcome;
    expect(error).toBeInstanceOf(SipError);
    expect(error).toMatchObject({ code: 'SIP_HEADER_SYNTAX', info: { header: Object.keys(edits)[0] } });
    expect(peer.received).toEqual([]);
    await play.bed.close();
    expect(play.bed.leftOver()).toEqual({});
  });
});

it('a repeat that a supplement wishes changes nothing of it', async () => {
  const play = new Play();
  let wishes = 1;
  const { peer, session } = await play.calling(
    {},
    {
      name: 'again',
      incomingResponse: () =>
        wishes-- > 0 ? retry({ headers: { From: '<sip:f@f>;tag=x', 'Call-ID': 'x', To: '<sip:t@t>;tag=y' } }) : undefined,
    },
  );
  await peer.answer('INVITE', 488);
  const { from, to, callId } = peer.got('INVITE');
  expect([from.uri.host, from.tag, to.toString(), callId]).toEqual(['f', session.dialog.localTag, '<sip:t@t>', session.dialog.callId]);
  await works({ play, peer, session, alice: play.bed.parties[0]! });
});

describe('the target', () => {
  const to = async (uri: string, options: InviteOptions = {}): Promise<string | undefined> => {
    const play = new Play();
    const alice = await play.bed.party('alice');
    const session = alice.service.create(uri, options);
    await play.go();
    const said = session.invite.headers.get('To');
    await play.bed.close();
    return said;
  };

  it.each([
    ['sip:peer@192.0.2.9:5070;transport=tcp', '<sip:peer@192.0.2.9>'],
    ['sip:peer@192.0.2.9;method=INVITE;maddr=192.0.2.8;ttl=1;lr', '<sip:peer@192.0.2.9>'],
    ['sip:peer:secret@192.0.2.9;user=phone;x=y', '<sip:peer:secret@192.0.2.9;user=phone;x=y>'],
    ['tel:+12015550123;phone-context=x', '<tel:+12015550123;phone-context=x>'],
  ])('%s is %s in To: the way there is none of it (RFC 3261 §19.1.1)', async (uri, said) => {
    expect(await to(uri, { headers: { Route: '<sip:192.0.2.9;lr>' } })).toBe(said);
  });

  it('with headers is no target: what they ask for would be lost', async () => {
    const play = new Play();
    const alice = await play.bed.party('alice');
    for (const target of ['sip:x@h?Replaces=1', parseUri('sip:x@h;method=BYE?Subject=hi')!])
      expect(() => alice.service.create(target)).toThrow(expect.objectContaining({ code: 'SESSION_OPTION', info: { option: 'target' } }));
    await expect(alice.service.invite('sip:x@h?Subject=hi')).rejects.toMatchObject({ code: 'SESSION_OPTION' });
    expect(alice.service.stats().total).toMatchObject({ outgoing: 0 });
    await play.bed.close();
  });
});
