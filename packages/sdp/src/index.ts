export type { Description, Direction, Lines, MediaSection } from './model.ts';
export type { SdpErrors } from './errors.ts';
export { parseDescription, sourceOf, type SdpLimits, type SdpRule, type SdpVerdict } from './parse.ts';
export { encodeDescription, readWritten, writeDescription } from './write.ts';
export { nextVersion, originLine, readOrigin, withOrigin, withOriginAfter, type Origin } from './origin.ts';
export { sameDescription, sameMedia } from './compare.ts';
export {
  attributeValue,
  attributeValues,
  bandwidth,
  groups,
  maxptime,
  mid,
  ptime,
  withAttribute,
  withoutAttribute,
  type StreamGroup,
} from './attributes.ts';
export { connectionAddress, connectionLine, isReachable, type ConnectionAddress } from './connection.ts';
export { answerDirection, direction, isHeld, isLegalAnswer, reversed, withDirection } from './direction.ts';
export { declinedSection, isDeclined } from './section.ts';
export {
  candidates,
  cryptoLines,
  fingerprints,
  rtcp,
  rtcpMux,
  type Candidate,
  type CryptoLine,
  type Fingerprint,
  type RtcpAddress,
} from './transport-attributes.ts';
export type { Fmtp } from './fmtp.ts';
export { codecFormats, codecLines, defineCodec, readCodecs, type Codec, type CodecInit } from './codec.ts';
export { defaultFmtpRules, ownParameters, sameParameters, type FmtpRule } from './fmtp-rules.ts';
export { answerCodecs, isCompanion, matchAnswer, matchCodecs, type AgreedCodec, type MatchOptions } from './match-codecs.ts';
export {
  stepOfferAnswer,
  type OfferAnswerEdge,
  type OfferAnswerEffect,
  type OfferAnswerInput,
  type OfferAnswerState,
} from './offer-answer.machine.ts';
export { offerCodecs, rtpSection, type RtpSectionInit } from './rtp-section.ts';
export { rtpAgreement, type RtpAgreement, type RtpAnswered, type RtpTarget } from './rtp-agreement.ts';
export { chooseCodecs, configuredOrder, firstCodec, offerersOrder, type CodecPolicy } from './codec-policy.ts';
export { bundledSection, groupLine } from './bundle.ts';
export { CodecChoice, type CodecChoiceInit, type CodecWishes, type CodecsBefore } from './codec-choice.ts';
export { checkAnswer, type AnswerFault, type AnswerRule } from './check-answer.ts';
