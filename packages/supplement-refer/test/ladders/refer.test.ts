import { readFileSync } from 'node:fs';
import { isSipError } from '@jackfield/base';
import type { Session } from '@jackfield/session';
import { ladder, readLadders, Testbed, type Party, type RawPeer, type SessionLadder } from '@jackfield/session/testing';
import { ackText, inDialogText, requestText, type Fields, type RequestScript } from '@jackfield/sip/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { refer, registerRefer, type Referral, type ReferSupplementOptions, type Transfer } from '../../src/index.ts';

const SDP = 'v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n';

const ladders = readLadders(readFileSync(new URL('F24-refer.txt', import.meta.url), 'utf8'));
const unplayed = new Set(ladders.keys());
afterAll(() => expect([...unplayed], 'ladders that nothing plays').toEqual([]));

/** A party in a call with a scripted peer, and carol, who is scripted too. */
class Play {
  readonly bed = new Testbed();
  readonly on: SessionLadder = ladder(this.bed);
  party!: Party;
  peer!: RawPeer;
  carol!: RawPeer;
  session!: Session;
  #say: (method: string, fields: Fields, body?: string) => void = () => {};

  go(ms = 40): Promise<void> {
    return this.bed.clock.advance(ms);
  }

  /** The peer calls bob, or alice the peer; the call is up, and the ladder begins. */
  async call(name: 'alice' | 'bob', options: ReferSupplementOptions = {}): Promise<void> {
    this.party = await this.bed.party(name);
    registerRefer(this.party.service, options);
    this.peer = await this.bed.peer('peer');
    this.carol = await this.bed.peer('carol');
    for (const method of ['NOTIFY', 'BYE']) this.peer.always(method, 200);
    await (name === 'bob' ? this.#called() : this.#calling());
    this.on.cut();
  }

  /** The peer sends this inside the call. */
  async says(method: string, fields: Fields = {}, body?: string): Promise<void> {
    this.#say(method, fields, body);
    await this.go();
  }

  async refers(fields: Fields = {}): Promise<void> {
    await this.says('REFER', { 'Refer-To': `<sip:carol@${this.carol.sentBy}>`, ...fields });
  }

  async notifies(status: number, state = 'active;expires=60'): Promise<void> {
    await this.says('NOTIFY', { Event: 'refer', 'Subscription-State': state }, `SIP/2.0 ${status} Scripted`);
  }

  async carolAnswers(status: number): Promise<void> {
    const invite = this.carol.received.findLast((one) => one.kind === 'request' && one.method === 'INVITE');
    if (invite?.kind !== 'request') throw new Error('nobody called carol');
    this.carol.respond(invite, status, { toTag: 'c', contact: this.carol.contact(), ...(status === 200 && { body: SDP }) });
    await this.go();
  }

  /** The status lines that the peer was told. */
  told(): string[] {
    const news = this.peer.received.filter((one) => one.kind === 'request' && one.method === 'NOTIFY');
    return news.map(({ body }) => Buffer.from(body!.bytes).toString().trim());
  }

  /** Sends the peer to carol; the peer answers with this. */
  async sends(name: string, status: number): Promise<Referral> {
    this.on.note(`${name} sends the peer to carol`);
    this.peer.always('REFER', status, { contact: this.peer.contact() });
    const referral = refer(this.session, `sip:carol@${this.carol.sentBy}`, {
      onNotify: (progress) => this.on.note(`${name} is told ${progress.status}`),
    });
    referral.accepted.then(
      () => this.on.note('accepted'),
      (error: unknown) => this.on.note(`refused: ${isSipError(error, 'REFER_REFUSED') ? error.code : String(error)}`),
    );
    void referral.done.then((outcome) => this.on.note(`done: ${outcome.kind}${'status' in outcome ? ` ${outcome.status}` : ''}`));
    await this.go();
    return referral;
  }

  async #called(): Promise<void> {
    const sessions: Session[] = [];
    this.party.service.onIncoming((session) => {
      sessions.push(session);
      return session.accept();
    });
    const to = { host: '192.0.2.1', port: 5060 };
    const invite: RequestScript = {
      uri: this.party.uri(),
      via: this.peer.sentBy,
      branch: 'z9hG4bK-1',
      from: '<sip:peer@example.com>;tag=p',
      to: '<sip:bob@example.com>',
      callId: 'call',
      cseq: 1,
      contact: this.peer.contact(),
      body: SDP,
    };
    this.peer.send(requestText('INVITE', invite), to);
    await this.go();
    const response = this.peer.received.at(-1);
    if (response?.kind !== 'response') throw new Error('bob does not answer');
    this.peer.send(ackText(invite, response), to);
    await this.go();
    this.session = sessions[0]!;
    let cseq = 1;
    this.#say = (method, fields, body) => {
      cseq += 1;
      const script = { branch: `z9hG4bK-${cseq}`, cseq, fields, body, type: 'message/sipfrag;version=2.0' };
      this.peer.send(inDialogText(method, invite, response, script), to);
    };
  }

  async #calling(): Promise<void> {
    this.session = this.party.service.create(`sip:peer@${this.peer.sentBy}`);
    await this.go();
    const invite = await this.peer.expect('INVITE');
    this.peer.respond(invite, 200, { toTag: 'p', contact: this.peer.contact(), body: SDP });
    await this.go();
    let cseq = 0;
    this.#say = (method, fields, body) => {
      cseq += 1;
      this.peer.send(
        requestText(method, {
          uri: this.party.uri(),
          via: this.peer.sentBy,
          branch: `z9hG4bK-${cseq}`,
          from: `${invite.headers.get('To')};tag=p`,
          to: invite.headers.get('From')!,
          callId: invite.callId,
          cseq,
          contact: this.peer.contact(),
          fields,
          body,
          type: 'message/sipfrag;version=2.0',
        }),
      );
    };
  }
}

/** Plays a ladder, compares, and finds nothing left behind. */
function plays(heading: string, run: (play: Play) => Promise<void>): void {
  it(heading, async () => {
    const expected = ladders.get(heading);
    if (expected === undefined) throw new Error(`there is no ladder "${heading}"`);
    unplayed.delete(heading);
    const play = new Play();
    await run(play);
    const played = play.on.against(expected);
    await play.bed.close();
    expect(played).toEqual(expected);
    expect(play.bed.leftOver()).toEqual({});
  });
}

describe('F24, REFER', () => {
  plays('ours, as caller: accepted, and told to the end', async (play) => {
    await play.call('alice');
    await play.sends('alice', 202);
    await play.notifies(100);
    await play.notifies(180);
    await play.notifies(200, 'terminated;reason=noresource');
    play.on.note('alice calls end');
    void play.session.end();
    await play.go();
  });

  plays('ours, as callee', async (play) => {
    await play.call('bob');
    await play.sends('bob', 202);
    await play.notifies(100);
    await play.notifies(486, 'terminated;reason=noresource');
    expect(play.session.state).toBe('established');
  });

  plays('ours: refused', async (play) => {
    await play.call('alice');
    await play.sends('alice', 603);
    expect(play.session.state).toBe('established');
  });

  plays('ours: the call ends before the news are complete', async (play) => {
    await play.call('alice');
    await play.sends('alice', 202);
    await play.notifies(100);
    await play.says('BYE');
  });

  plays('ours: the call ends, and its end is held until the news are complete', async (play) => {
    await play.call('alice');
    const referral = await play.sends('alice', 202);
    play.on.note('alice holds the end, and calls it');
    const held = play.session.deferEnd();
    void referral.done.then(() => held[Symbol.dispose]());
    void play.session.end();
    await play.go();
    await play.notifies(200, 'terminated;reason=noresource');
  });

  plays('ours: news of a transfer that nobody asked for: 481', async (play) => {
    await play.call('alice');
    await play.notifies(100);
    expect(play.session.state).toBe('established');
  });

  plays('theirs, as callee: followed', async (play) => {
    await play.call('bob', { follow: true });
    await play.refers();
    await play.carolAnswers(180);
    await play.carolAnswers(200);
    await play.says('BYE');
    expect([...play.party.service.sessions].map(({ state }) => state)).toEqual(['established']);
  });

  plays('theirs, as caller: followed, and refused by the target', async (play) => {
    await play.call('alice', { follow: true });
    await play.refers();
    await play.carolAnswers(486);
    expect(play.session.state).toBe('established');
  });

  const asked = (
    play: Play,
  ): { options: ReferSupplementOptions; transfers: Transfer[]; accepts: () => void; tells: (status: number) => void } => {
    const transfers: Transfer[] = [];
    return {
      transfers,
      options: {
        onRefer: (transfer) => {
          play.on.note('bob is asked');
          transfers.push(transfer);
          return new Promise<void>(() => undefined);
        },
      },
      accepts: () => {
        play.on.note('bob accepts');
        transfers[0]!.accept();
      },
      tells: (status) => {
        play.on.note(`bob tells ${status}`);
        transfers[0]!.notify(status);
      },
    };
  };

  plays('theirs: the application decides in its own time', async (play) => {
    const { options, accepts, tells } = asked(play);
    await play.call('bob', options);
    await play.refers();
    await play.go(play.bed.lastAt + 1000 - play.bed.clock.now());
    accepts();
    await play.go();
    tells(200);
    await play.go();
  });

  plays('theirs: the application refuses', async (play) => {
    const onRefer = (transfer: Transfer): void => {
      play.on.note('bob is asked');
      transfer.reject(480);
    };
    await play.call('bob', { onRefer });
    await play.refers();
  });

  plays('theirs: nobody decides about transfers: 603', async (play) => {
    await play.call('bob');
    await play.refers();
  });

  plays('theirs: without a Refer-To that can be read: 400', async (play) => {
    await play.call('bob', { follow: true });
    await play.refers({ 'Refer-To': 'nobody' });
  });

  plays('theirs: no news are wanted', async (play) => {
    const { options, accepts, tells } = asked(play);
    await play.call('bob', options);
    await play.refers({ 'Refer-Sub': 'false' });
    accepts();
    await play.go();
    tells(200);
    await play.go();
  });

  plays('theirs, as callee: the peer hangs up meanwhile, and is told to the end', async (play) => {
    await play.call('bob', { follow: true });
    await play.refers();
    await play.says('BYE');
    await play.carolAnswers(180);
    await play.carolAnswers(200);
    expect([...play.party.service.sessions].map(({ state }) => state)).toEqual(['established']);
    expect(play.told()).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 180 Scripted', 'SIP/2.0 200 OK']);
  });

  plays('theirs, as caller: we hang up meanwhile, and the peer is told to the end', async (play) => {
    await play.call('alice', { follow: true });
    await play.refers();
    play.on.note('alice calls end');
    const ended = play.session.end();
    await play.go();
    await play.carolAnswers(486);
    await expect(ended).resolves.toEqual({ by: 'local' });
    expect(play.told()).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 486 Scripted']);
  });

  plays('theirs: a peer that hangs up and listens no more: 481', async (play) => {
    await play.call('bob', { follow: true });
    await play.refers();
    await play.says('BYE');
    play.peer.always('NOTIFY', 481);
    await play.carolAnswers(180);
    await play.carolAnswers(200);
  });

  plays('theirs: a peer that hangs up and ends the news', async (play) => {
    await play.call('bob', { follow: true });
    await play.refers();
    await play.says('BYE');
    await play.says('SUBSCRIBE', { Event: 'refer', Expires: '0' });
    await play.carolAnswers(200);
  });

  plays('theirs: the peer hangs up, and the target is not there in 64*T1: the new call goes on, and nobody is told', async (play) => {
    await play.call('bob', { follow: true });
    await play.refers();
    await play.carolAnswers(180);
    await play.says('BYE');
    await play.go(32_000);
    await play.carolAnswers(200);
    expect([...play.party.service.sessions].map(({ state }) => state)).toEqual(['established']);
  });
});
