/**
 * What is said of codecs to one peer: those of a handler, cut down to what the peer is configured for, matched with what it offers or took before, under a
 * policy (RFC 3264 §5.1, §6.1, §8.3.2). Pure; the handler knows what a codec is good for.
 */
import { chooseCodecs, type CodecPolicy } from './codec-policy.ts';
import { readCodecs, type Codec } from './codec.ts';
import { answerCodecs } from './match-codecs.ts';
import type { MediaSection } from './model.ts';
import { offerCodecs } from './rtp-section.ts';

/** For `CodecChoice`. */
export interface CodecChoiceInit {
  /** Best first. */
  readonly codecs: readonly Codec[];
  /** For peers without one of their own. */
  readonly policy?: CodecPolicy | undefined;
  /** Those that a peer's list of names neither chooses nor leaves out, as telephone-event beside sound; none unless given. */
  readonly beside?: ((codec: Codec) => boolean) | undefined;
}

/** Of whom it is asked: an `Endpoint` of `@jackfield/session` is one. */
export interface CodecWishes {
  /** Names, best first; of other kinds of media too, which say nothing here. Undefined: all. */
  readonly codecs?: readonly string[] | undefined;
  readonly codecPolicy?: CodecPolicy | undefined;
}

/** What a stream has agreed on so far. */
export interface CodecsBefore {
  /** See `RtpAgreement`. */
  readonly said: readonly Codec[];
  /** What the peer takes, as it said it, best first. */
  readonly theirs: readonly Codec[];
}

const nobody = (): boolean => false;

/** Of one handler; made once, when it is registered. */
export class CodecChoice {
  readonly #codecs: readonly Codec[];
  readonly #policy: CodecPolicy | undefined;
  readonly #beside: (codec: Codec) => boolean;
  readonly #byNames = new WeakMap<readonly string[], readonly Codec[]>();

  constructor({ codecs, policy, beside = nobody }: CodecChoiceInit) {
    this.#codecs = codecs;
    this.#policy = policy;
    this.#beside = beside;
  }

  /** What we take of an offer, under its numbers; empty when no codec of media is in common. @throws SipError `SDP_CODEC_POLICY`, and what a policy throws */
  answer(peer: CodecWishes, offered: MediaSection): readonly Codec[] {
    const configured = this.#configured(peer.codecs);
    const possible = answerCodecs(readCodecs(offered), configured);
    return chooseCodecs(peer.codecPolicy ?? this.#policy, possible, configured, 'answerer');
  }

  /** What we offer; empty when no codec of media is left. @param before - of the same stream. @throws as `answer` */
  offer(peer: CodecWishes, before: CodecsBefore | undefined): readonly Codec[] {
    const configured = offerCodecs(this.#configured(peer.codecs), before?.said);
    return chooseCodecs(peer.codecPolicy ?? this.#policy, before?.theirs ?? [], configured, 'offerer');
  }

  #configured(names: readonly string[] | undefined): readonly Codec[] {
    if (names === undefined) return this.#codecs;
    let chosen = this.#byNames.get(names);
    if (chosen === undefined) {
      const media = names.flatMap((name) => this.#codecs.filter((codec) => !this.#beside(codec) && isNamed(codec, name)));
      chosen = [...new Set(media), ...this.#codecs.filter(this.#beside)];
      this.#byNames.set(names, chosen);
    }
    return chosen;
  }
}

const isNamed = (codec: Codec, name: string): boolean => codec.name.toLowerCase() === name.toLowerCase();
