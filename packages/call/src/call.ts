/** A session as an application holds it: verbs in the order of a telephone, each of which settles at the latest when the call ends. Decides nothing. */
import { isSipError, SipError } from '@jackfield/base';
import { getIdentity, identityCookie, type Identity } from '@jackfield/identity';
import { ToneGenerator, type ToneOptions } from '@jackfield/rtp';
import type { AudioSource, AudioStream, PlayOutcome } from '@jackfield/sdp-audio';
import type { Direction, RefreshOutcome, ResponseInit, Session, SessionEnd } from '@jackfield/session';
import { formatNameAddr, parseNameAddr, parseUri, SipUri, type Uri } from '@jackfield/sip';
import { onDtmfInfo, sendDtmfInfo, type InfoDigit } from '@jackfield/supplement-dtmf-info';
import { refer, replacementOf, type ReferOptions, type ReferralOutcome } from '@jackfield/supplement-refer';
import { DigitQueue } from './digit-queue.ts';

/** One key that the other side pressed. */
export interface CallDigit {
  readonly digit: InfoDigit;
  readonly durationMs: number;
}

/** `redirected`: the caller was told where to call instead, by 302. */
export type TransferOutcome = ReferralOutcome | { readonly kind: 'redirected' };

/** Made by `createCalls` or `attachCall`; as an incoming one, given to `onCall`. */
export class Call {
  /** Everything that has no verb here. */
  readonly session: Session;
  readonly #listeners = new Set<(digit: CallDigit) => void>();
  /** The stream whose keys are heard: another one may take its place. */
  #heard: AudioStream | undefined;
  #hearing: Disposable | undefined;
  #holdListeners: Set<(held: boolean) => void> | undefined;
  #holding: Disposable | undefined;
  /** What they were told last, or found. */
  #held = false;
  #hearingInfo = false;
  readonly #queues = new Set<DigitQueue>();

  /** @internal Made by `attachCall`. */
  constructor(session: Session) {
    this.session = session;
    session.established.then(() => this.#hear(), ignore);
    void session.ended.then(() => {
      for (const queue of this.#queues) queue.end();
    });
  }

  /** Who called: `outgoing`, we did. */
  get direction(): 'incoming' | 'outgoing' {
    return this.session.direction;
  }

  /** Who the other side is said to be: the caller; of a call of ours, whom the network asserts, and undefined until it does. */
  get from(): Identity | undefined {
    const { cookies, invite } = this.session;
    return cookies.get(identityCookie) ?? ('uri' in invite ? getIdentity(invite) : undefined);
  }

  /** The user part of what was dialled; undefined where there is none. */
  get to(): string | undefined {
    const { invite } = this.session;
    const uri: Uri | undefined = 'uri' in invite ? invite.uri : parseNameAddr(invite.headers.get('To') ?? '')?.uri;
    return uri instanceof SipUri ? uri.userDecoded : uri?.user;
  }

  /** The call whose place this one took at the other side's wish (RFC 3891); undefined for any other. */
  get replaced(): Call | undefined {
    const channel = replacementOf(this.session)?.replaced.channel;
    return channel instanceof Call ? channel : undefined;
  }

  /** Undefined before there is one. */
  get audio(): AudioStream | undefined {
    return this.session.stream('audio')?.stream;
  }

  /** Aborts when the call ends. */
  get signal(): AbortSignal {
    return this.session.signal;
  }

  /** Never rejects. */
  get ended(): Promise<SessionEnd> {
    return this.session.ended;
  }

  /** 180. Rejects `SESSION_STATE`, `SESSION_ENDED`, `SESSION_HOOK_FAILED`, as the next three do. */
  ring(init?: ResponseInit): Promise<void> {
    return this.session.progress(180, init);
  }

  /** 183, with media: what is played is heard before the call is answered. */
  async early(init?: ResponseInit): Promise<void> {
    await this.session.progress(183, init);
    this.#hear();
  }

  /** Resolves when the caller has acknowledged it, and media flows. */
  async answer(init?: ResponseInit): Promise<void> {
    await this.session.accept(init);
    this.#hear();
  }

  /** @param status - 300 to 699; 603 unless given. */
  reject(status = 603, init?: ResponseInit): Promise<void> {
    return this.session.reject(status, init);
  }

  /** Sends back what is said, keys too. @throws SipError `CALL_NO_AUDIO` */
  echo(on = true): void {
    this.#sound('echo').echo(on);
  }

  /**
   * Plays samples (`readWav(bytes).samples`), or a tone (`RINGBACK`, `BUSY`), which goes on until `signal` aborts. Resolves `'stopped'` when the call
   * ends first. Rejects `CALL_NO_AUDIO`, and as `AudioStream.play`.
   */
  async play(source: AudioSource | ToneOptions, options?: { readonly signal?: AbortSignal | undefined }): Promise<PlayOutcome> {
    if (this.#over) return 'stopped';
    const audio = this.#sound('play');
    return audio.play('hz' in source ? tone(source, audio.codec?.clockRate) : source, options);
  }

  /** Puts the peer on hold: it hears what is played, and we nothing. Resolves as `sendReinvite` does. */
  hold(): Promise<RefreshOutcome> {
    return this.#redirect('sendonly');
  }

  /** Ends a `hold`. As that one settles. */
  resume(): Promise<RefreshOutcome> {
    return this.#redirect('sendrecv');
  }

  /**
   * Sends the other side to somebody else, or, given another call, joins it with that one's. When it is there, this call is hung up, and the other ended by
   * its own peer; when it is not, both go on. A call that we did not answer yet is redirected instead (302). Resolves with how it ended.
   *
   * Rejects `REFER_TARGET`, `REFER_OPTION`; `SESSION_STATE`, `SESSION_ENDED` and `SESSION_HOOK_FAILED` where it is redirected.
   */
  async transfer(target: string | Uri | Call, options?: ReferOptions): Promise<TransferOutcome> {
    const { session } = this;
    const unanswered = this.direction === 'incoming' && (session.state === 'starting' || session.state === 'early');
    if (unanswered && !(target instanceof Call)) {
      await session.reject(302, { headers: { Contact: contactOf(target) } });
      return { kind: 'redirected' };
    }
    const outcome = await refer(session, target instanceof Call ? target.session : target, options).done;
    if (outcome.kind === 'done' && outcome.status < 300) await this.hangup();
    return outcome;
  }

  /** The other side holds us: it takes nothing of what we say. */
  get held(): boolean {
    return this.audio?.held ?? false;
  }

  /** The other side puts us on hold (`true`), or takes us off it; once each, from now on. A call may also begin on hold. */
  onHold(listener: (held: boolean) => void): Disposable {
    const own = (held: boolean): void => listener(held);
    if (this.#holdListeners === undefined) this.#held = this.held;
    (this.#holdListeners ??= new Set()).add(own);
    this.#hear();
    return { [Symbol.dispose]: () => void this.#holdListeners?.delete(own) };
  }

  /** Each key of the peer, whether it comes as telephone-event or as INFO, when it is released. */
  onDigit(listener: (digit: CallDigit) => void): Disposable {
    const own = (digit: CallDigit): void => listener(digit); // so that one function may listen twice
    this.#listeners.add(own);
    this.#hearInfo();
    this.#hear();
    return { [Symbol.dispose]: () => void this.#listeners.delete(own) };
  }

  /** The peer's keys from now on, one by one: `for await (const digit of call.digits())`. It is over when the call ends, or the loop is left. */
  digits(): AsyncIterableIterator<InfoDigit> {
    const queue = new DigitQueue(() => {
      listening[Symbol.dispose]();
      this.#queues.delete(queue);
    });
    const listening = this.onDigit(({ digit }) => queue.push(digit));
    this.#queues.add(queue);
    if (this.session.state === 'ended') queue.end();
    return queue;
  }

  /**
   * Presses keys: as telephone-events where the peer takes them, else as INFO. Resolves after the last. Rejects `CALL_NO_DIGITS`,
   * `CALL_DIGITS_REFUSED`, `SESSION_ENDED`, and for what are no keys `RTP_DIGIT_UNKNOWN` or `DTMF_INFO_DIGITS`.
   *
   * @param durationMs - for which each is held, 40 to 10000; 100 unless given.
   */
  async sendDigits(digits: string, durationMs = 100): Promise<void> {
    const { audio, session } = this;
    if (audio?.takesDigits === true) {
      try {
        return await audio.sendDigits(digits, { durationMs });
      } catch (error) {
        if (!isSipError(error, 'RTP_STREAM_STOPPED')) throw error;
        throw new SipError('SESSION_ENDED', 'the call ended before the keys were sent', { state: session.state }, { cause: error });
      }
    }
    if (!session.dialog.remoteAllow.has('INFO')) throw new SipError('CALL_NO_DIGITS', 'the peer takes no keys', { digits });
    const { status } = await sendDtmfInfo(session, digits, durationMs);
    if (status >= 300) throw new SipError('CALL_DIGITS_REFUSED', `the peer answered a key with ${status}`, { status });
  }

  /** Waits, on the clock of the stack. Rejects `SESSION_ENDED` when the call ends first, so that what was to follow does not happen. @param ms - 0 and up */
  pause(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.session.after(ms, resolve);
      void this.ended.then(() => reject(new SipError('SESSION_ENDED', 'the call ended during a pause', { state: 'ended' })));
    });
  }

  /** Whatever the state: gives up, refuses, or hangs up. Resolves when it is over; never rejects. */
  hangup(init?: ResponseInit & { readonly status?: number }): Promise<SessionEnd> {
    return this.session.end(init);
  }

  get #over(): boolean {
    return this.session.state === 'ending' || this.session.state === 'ended';
  }

  #sound(verb: string): AudioStream {
    const audio = this.audio;
    if (audio === undefined) throw new SipError('CALL_NO_AUDIO', `${verb}: this call has no audio`, { verb });
    return audio;
  }

  #redirect(direction: Direction): Promise<RefreshOutcome> {
    return this.session.sendReinvite({ media: this.session.streams.map(({ kind }) => ({ kind, direction })) });
  }

  #hearInfo(): void {
    if (this.#hearingInfo || this.session.state === 'ended') return;
    this.#hearingInfo = true;
    onDtmfInfo(this.session, (_session, digit) => this.#tell(digit));
  }

  /** Once per stream, and only when somebody listens. */
  #hear(): void {
    const { audio } = this;
    if (audio === undefined) return;
    if (audio !== this.#heard) {
      this.#hearing?.[Symbol.dispose]();
      this.#holding?.[Symbol.dispose]();
      this.#hearing = this.#holding = undefined;
      this.#heard = audio;
    }
    if (this.#listeners.size > 0) this.#hearing ??= audio.onDigit((digit) => this.#tell(digit));
    if (this.#holdListeners === undefined) return;
    this.#holding ??= audio.onHold((held) => this.#hold(held));
    this.#hold(audio.held);
  }

  #hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    tellAll(this.#holdListeners!, held);
  }

  #tell(digit: CallDigit): void {
    tellAll(this.#listeners, digit);
  }
}

function tellAll<T>(listeners: Set<(news: T) => void>, news: T): void {
  for (const listener of listeners) {
    try {
      listener(news);
    } catch (error) {
      listeners.delete(listener); // the others still hear; what it is about is not refused for it
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
}

function* tone(options: ToneOptions, rate = 8000): Generator<Int16Array> {
  const generator = new ToneGenerator({ rate, ...options });
  for (;;) yield generator.next(rate / 50);
}

function contactOf(target: string | Uri): string {
  const uri = typeof target === 'string' ? parseUri(target) : target;
  const address = uri === undefined ? parseNameAddr(String(target)) : { uri };
  if (address === undefined) throw new SipError('REFER_TARGET', `not an address: ${JSON.stringify(target)}`, { target: String(target) });
  return formatNameAddr(address);
}

const ignore = (): void => {};
