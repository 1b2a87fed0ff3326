/** The options that the parts of a call share: those of the service, where its endpoint says nothing else. */
import type { Endpoint, FlowLost } from '../contract/endpoint.ts';
import type { Reliability } from '../contract/reliability.ts';
import { streamLimits, type StreamLimits } from './stream-limits.ts';
import { count, FLOW_LOST, milliseconds, oneOf, RELIABILITIES } from '../endpoints/option-range.ts';

/** What becomes of media and ringing before a call is answered. */
export interface EarlyMediaOptions {
  /**
   * Which of several early dialogs is heard: the `'latest'` that brings an answer (the default), the `'first'`, or none before one has `'answered'`. The one
   * that answers is heard from then on. An offer of the peer's own is answered in each.
   */
  readonly select?: 'latest' | 'first' | 'answered' | undefined;
  /** What `progress(180)` sends after media was agreed early: `183` (the default), or `180`, for which some phones ring instead of playing it. */
  readonly ringingAfterMedia?: 180 | 183 | undefined;
  /** `progress(180)` sends a 183 with a description: the ringing tone comes as media. Default false. */
  readonly inband?: boolean | undefined;
  /** A 183 of the peer without a description is not shown to `onResponse`; supplements see it. Default false. */
  readonly ignoreBare183?: boolean | undefined;
  /** `progress` with a status that the caller was sent already sends nothing, unless it brings headers, a body or media. Default false. */
  readonly once?: boolean | undefined;
  /**
   * The same To tag may answer our offer once more, in a later provisional response or the 2xx, with another description, as gateways do that play a tone
   * first: each is applied, and the last stays. Default false: the first that could be applied stays (RFC 3261 §13.2.1). Reliable ones answer once anyway.
   */
  readonly acceptMultipleAnswers?: boolean | undefined;
}

/** As the application gives them. */
export interface CallSettings {
  /** Entries that wait in one session's mailbox before further requests get 503; ACK, BYE and CANCEL never do. 1 and up; default 100. */
  readonly mailboxLimit?: number | undefined;
  /** How long a call may go without a final answer, ms: an incoming one then gets 480, an outgoing one is cancelled. Default 180,000. */
  readonly ringMs?: number | undefined;
  /** How long a re-INVITE of ours may go without a final answer, ms; then it is cancelled, and refreshes behind it go on. Default 60,000. */
  readonly reinviteMs?: number | undefined;
  /** How long the application has to answer a late offer, ms. Default 5,000. */
  readonly answerOfferMs?: number | undefined;
  /** How long `deferEnd()` holds back the end of a call at most, ms. Default 64·T1, 32,000 unless the stack has other timers. */
  readonly deferEndMs?: number | undefined;
  /**
   * Early dialogs that one INVITE of ours may have at a time, one per To tag; provisional responses of further ones are passed over, a 2xx is not. 1 and up;
   * default 32.
   */
  readonly maxForks?: number | undefined;
  /**
   * Dialogs of one INVITE that answer after another has, or after its end: each gets ACK and BYE, and further ones get nothing, so that a forger keeps us
   * busy no longer than that. 1 and up; default 32.
   */
  readonly maxUnwantedAnswers?: number | undefined;
  /**
   * Streams that SDP handlers may have in a call, by kind: a peer's lines beyond are declined unasked, and ours are not added. Sections that the application
   * passes through do not count. 0 and up; default 4 of each kind.
   */
  readonly maxStreams?: Readonly<Record<string, number>> | undefined;
  /** Reliable provisional responses, for calls that say nothing else, nor their endpoint. Default `'supported'`. */
  readonly reliable?: Reliability | undefined;
  readonly earlyMedia?: EarlyMediaOptions | undefined;
  /** Where the endpoint says nothing else. Default `'keep'`. */
  readonly flowLost?: FlowLost | undefined;
}

export interface CallOptions {
  readonly mailboxLimit: number;
  readonly ringMs: number;
  readonly reinviteMs: number;
  readonly answerOfferMs: number;
  /** Undefined: 64·T1. */
  readonly deferEndMs: number | undefined;
  readonly maxForks: number;
  readonly maxUnwantedAnswers: number;
  readonly maxStreams: StreamLimits;
  readonly reliable: Reliability;
  readonly earlyMedia: EarlyMediaOptions;
  readonly flowLost: FlowLost;
}

/** @throws SESSION_OPTION */
export function callOptions(settings: CallSettings): CallOptions {
  const { earlyMedia = {}, reliable = 'supported', flowLost = 'keep' } = settings;
  const { select, ringingAfterMedia, inband, ignoreBare183, once, acceptMultipleAnswers } = earlyMedia;
  oneOf('earlyMedia.select', select, ['latest', 'first', 'answered']);
  oneOf('earlyMedia.ringingAfterMedia', ringingAfterMedia, [180, 183]);
  const switches = { inband, ignoreBare183, once, acceptMultipleAnswers };
  for (const [name, value] of Object.entries(switches)) oneOf(`earlyMedia.${name}`, value, [false, true]);
  return {
    mailboxLimit: count('mailboxLimit', settings.mailboxLimit, 100),
    ringMs: milliseconds('ringMs', settings.ringMs, 180_000),
    reinviteMs: milliseconds('reinviteMs', settings.reinviteMs, 60_000),
    answerOfferMs: milliseconds('answerOfferMs', settings.answerOfferMs, 5000),
    deferEndMs: milliseconds('deferEndMs', settings.deferEndMs, undefined),
    maxForks: count('maxForks', settings.maxForks, 32),
    maxUnwantedAnswers: count('maxUnwantedAnswers', settings.maxUnwantedAnswers, 32),
    maxStreams: streamLimits(settings.maxStreams),
    reliable: oneOf('reliable', reliable, RELIABILITIES),
    earlyMedia,
    flowLost: oneOf('flowLost', flowLost, FLOW_LOST),
  };
}

/** Of a call with this peer. */
export function optionsFor({ timers }: Endpoint, options: CallOptions): CallOptions {
  if (timers === undefined) return options;
  const { ringMs = options.ringMs, reinviteMs = options.reinviteMs, answerOfferMs = options.answerOfferMs } = timers;
  return { ...options, ringMs, reinviteMs, answerOfferMs };
}
