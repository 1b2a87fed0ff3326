/** Notices that nothing comes from a peer that should send: no RTP for a time, while the call is answered and the direction lets it. Ends nothing itself. */
import { SipError, type Clock } from '@jackfield/base';
import type { Session } from '@jackfield/session';
import type { AudioStream } from './audio-stream.ts';

/** What was noticed. */
export interface Silence {
  /** Nothing came for at least so long, ms. */
  readonly forMs: number;
  /** The peer holds us. */
  readonly held: boolean;
}

/** For `silence` of `registerAudio`. Out of range: AUDIO_OPTION. */
export interface SilenceOptions {
  /** How long nothing may come while the peer may send, ms: 100 and up. A peer that suppresses silence needs more than its longest pause. */
  readonly ms: number;
  /** The same while the peer holds us and may send music; not watched unless given. */
  readonly heldMs?: number | undefined;
  /** Once a silence, between the time and half of it more after the last packet; again when something has come meanwhile. */
  readonly on: (session: Session, silence: Silence) => void;
}

const LEAST_MS = 100;
const MOST_MS = 2 ** 31 - 1;

/** @throws SipError `AUDIO_OPTION` */
export function checkSilence({ ms, heldMs, on }: SilenceOptions): void {
  const wrong = (option: string, value: unknown, what: string): SipError =>
    new SipError('AUDIO_OPTION', `${option} ${what}`, { option, value });
  for (const [option, value] of Object.entries({ 'silence.ms': ms, 'silence.heldMs': heldMs ?? ms })) {
    if (!Number.isInteger(value) || value < LEAST_MS || value > MOST_MS) {
      throw wrong(option, value, `wants whole milliseconds from ${LEAST_MS} to ${MOST_MS}, got ${value}`);
    }
  }
  if (typeof on !== 'function') throw wrong('silence.on', on, 'is a function');
}

type Watched = Pick<AudioStream, 'direction' | 'held' | 'statistics'>;

/** Of one stream. */
export class SilenceWatch {
  readonly #stream: Watched;
  readonly #session: Session;
  readonly #clock: Clock;
  readonly #options: SilenceOptions;
  readonly #onError: (error: SipError) => void;
  #limitMs: number | undefined;
  #timer: Disposable | undefined;
  /** When it was found that something had come, ms of the clock. */
  #heardAt = 0;
  #packets = 0;
  #told = false;
  #answered = false;

  constructor(stream: Watched, session: Session, clock: Clock, options: SilenceOptions, onError: (error: SipError) => void) {
    this.#stream = stream;
    this.#session = session;
    this.#clock = clock;
    this.#options = options;
    this.#onError = onError;
  }

  /** An exchange was applied or taken back. Where it lets the peer send as before, what was silent goes on being so. */
  settled(): void {
    const limit = this.#limit();
    if (limit === this.#limitMs) return;
    this.stop();
    if (limit === undefined) return;
    this.#limitMs = limit;
    this.#heard();
    this.#wait(limit);
  }

  stop(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#limitMs = undefined;
  }

  #limit(): number | undefined {
    const { direction, held } = this.#stream;
    if (direction !== 'sendrecv' && direction !== 'recvonly') return undefined;
    return held ? this.#options.heldMs : this.#options.ms;
  }

  #wait(limitMs: number): void {
    this.#timer = this.#clock.after(Math.ceil(limitMs / 2), () => this.#look(limitMs));
  }

  #look(limitMs: number): void {
    this.#wait(limitMs); // before the application is told: it may end the call
    const packets = this.#stream.statistics?.received?.packets ?? 0;
    if (packets !== this.#packets || !this.#answered) {
      this.#answered = this.#session.state === 'established';
      return this.#heard();
    }
    const forMs = this.#clock.now() - this.#heardAt;
    if (this.#told || forMs < limitMs) return;
    this.#told = true;
    try {
      this.#options.on(this.#session, { forMs, held: this.#stream.held });
    } catch (cause) {
      this.#onError(new SipError('AUDIO_LISTENER_FAILED', 'the silence listener threw', { listener: 'silence' }, { cause }));
    }
  }

  #heard(): void {
    this.#packets = this.#stream.statistics?.received?.packets ?? 0;
    this.#heardAt = this.#clock.now();
    this.#told = false;
  }
}
