/** Third-party call control (RFC 3725): two calls of ours, joined so that the media flows between the two phones and not through us. */
import { passThrough, type Session, type SessionEnd, type SessionService, type StreamInit } from '@jackfield/session';

/** What A is offered while B is rung: the codecs that phones share, on hold. */
const WAITING: readonly StreamInit[] = [
  {
    kind: 'audio',
    section: {
      kind: 'audio',
      port: 9, // discard: on an inactive stream nobody sends
      protocol: 'RTP/AVP',
      formats: ['0', '8', '101'],
      lines: ['a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-16', 'a=inactive'],
    },
  },
];

export interface Joined {
  /** Resolves when both have gone. */
  readonly over: Promise<readonly [a: SessionEnd, b: SessionEnd]>;
  /** Hangs up both. */
  end(): void;
}

/**
 * Calls `uriA`, then `uriB`; puts B's offer to A and A's answer to B. When one leaves, the other is hung up.
 *
 * @throws SESSION_REFUSED when one of them declines; the other is ended then
 */
export async function join(sessions: SessionService, uriA: string, uriB: string, say: (line: string) => void): Promise<Joined> {
  const a = await sessions.invite(uriA, { media: WAITING });
  say(`${uriA} has answered; calling ${uriB}`);
  const b = sessions.create(uriB, {
    media: 'late',
    onResponse(response) {
      if (response.status < 200) say(`${uriB}: ${response.status} ${response.reason}`);
      else if (response.status < 300 && response.body !== undefined) void connect(a, b, passThrough(response.body), say);
    },
  });
  const over = Promise.all([a.ended, b.ended] as const);
  void a.ended.then(() => b.end());
  void b.ended.then(() => a.end());
  try {
    await b.established;
  } catch (error) {
    await over;
    throw error;
  }
  say('both are talking');
  return { over, end: () => void a.end() };
}

async function connect(a: Session, b: Session, offerOfB: readonly StreamInit[], say: (line: string) => void): Promise<void> {
  try {
    const outcome = await a.sendReinvite({ media: offerOfB });
    if (outcome.kind === 'agreed' && outcome.response.body !== undefined) {
      await b.answerOffer({ media: passThrough(outcome.response.body) });
      return;
    }
    say('the two have no codec in common');
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
  void b.end();
}
