/** The vocabulary of media kinds, filled by handler packages. */

/** Empty here; handler packages merge in their rows: `interface StreamKinds { audio: AudioStream }`. */
// oxlint-disable-next-line typescript/no-empty-object-type -- rows come by declaration merging
export interface StreamKinds {}

/** `'*'`: any kind, asked after the handlers of the kind. */
export type StreamKind = keyof StreamKinds | '*' | (string & {});
