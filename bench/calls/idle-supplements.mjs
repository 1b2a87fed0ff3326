// Supplements that define every hook and do nothing. Each is of a copy of this file, so that no two share a function: the engine compiles
// and inlines functions, and ten plug-ins are ten times as many.

/** One of this copy. */
export const supplement = (name) => ({
  name,
  admitSession() {},
  sessionBegin() {},
  sessionEnd() {},
  incomingRequest() {},
  incomingResponse() {},
  outgoingRequest() {},
  outgoingResponse() {},
  redirected() {},
  mediaChanged() {},
});

export async function registerIdle(sessions, count) {
  for (let number = 1, make = supplement; number <= count; number += 1) {
    sessions.registerSupplement(make(`idle-${number}`));
    ({ supplement: make } = await import(`${import.meta.url}?copy=${number}`));
  }
}
