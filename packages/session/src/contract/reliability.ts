/**
 * Reliable provisional responses (RFC 3262). `'supported'`: where the peer insists, or the application asks for one and the peer can. `'preferred'`: as soon
 * as the peer can. `'required'`: a peer that cannot is refused with 421, and our INVITE insists. `'off'`: a peer that insists gets 420.
 */
export type Reliability = 'off' | 'supported' | 'preferred' | 'required';
