/** `@jackfield/rtp/testing`: a peer of media on the network in memory of `@jackfield/base/testing`. */
export { Phone } from './testing/phone.ts';
