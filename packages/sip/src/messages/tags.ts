/** Tags and Call-IDs of our own (RFC 3261 §19.3, §8.1.1.4): of chance, so that nobody guesses one. */
import { randomToken, type Random } from '@jackfield/base';

const TAG_BYTES = 8;
const CALL_ID_BYTES = 16;

/** A tag for From, or for To of a response. */
export const newTag = (random: Random): string => randomToken(random, TAG_BYTES);

/** A Call-ID, without a host. */
export const newCallId = (random: Random): string => randomToken(random, CALL_ID_BYTES);
