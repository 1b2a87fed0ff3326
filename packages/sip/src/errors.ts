/** Codes that `@jackfield/sip` throws or rejects with: misuse by the program, or what became of an attempt. Bad bytes from the network are values. */

/** `info` of a `SipError`, by code. */
export interface SipCoreErrors {
  /** A header name, header value, reason phrase or parameter that would not be one line of a message (CR, LF, NUL), or is missing where it must be. */
  SIP_HEADER_SYNTAX: { readonly header: string };
  /** A header value of more than 65535 characters, or more than 1024 header fields: nothing is cut to fit. */
  SIP_HEADER_LENGTH: { readonly header: string; readonly limit: number };
  /** A text that is no URI, or a change that would make it none. */
  SIP_URI_SYNTAX: { readonly uri: string };
  /** A method that is no token, a status outside 100 to 699, or a body type that is no media type. */
  SIP_MESSAGE_SYNTAX: { readonly part: string };
  /** A write to the headers of a message that came: they are there to be read. */
  SIP_MESSAGE_RECEIVED: undefined;
  /** `reply()` with a status that is no final one (200 to 699). */
  SIP_REPLY_RANGE: { readonly status: number };
  /** A socket could not be bound, connected or written to. */
  SIP_TRANSPORT_FAILED: { readonly transport: string; readonly host?: string | undefined; readonly port?: number | undefined };
  /** A package that the program has to install for what it asked for. */
  SIP_PACKAGE_MISSING: { readonly package: string };
  /** No listener of the stack can reach the target, or its name has no address. */
  SIP_UNREACHABLE: { readonly target: string };
  /** The stack was closed. */
  SIP_STACK_CLOSED: { readonly operation: string };
  /** An object that `createSipStack` did not make was handed in as a stack. */
  SIP_STACK_FOREIGN: { readonly operation: string };
  /** A service or message filter threw, rejected or gave back what is no decision; told on the channel `jackfield:sip:error`. */
  SIP_SERVICE_FAILED: { readonly service: string };
  /** A service, usage or filter of that name is registered already. */
  SIP_NAME_TAKEN: { readonly name: string };
  /** The file or stream of a message trace failed: the trace ended. */
  SIP_TRACE_FAILED: { readonly path: string | undefined };
  /** An option outside its range. */
  SIP_OPTION: { readonly option: string };
}

declare module '@jackfield/base' {
  interface SipErrorMap extends SipCoreErrors {}
}
