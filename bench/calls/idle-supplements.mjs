// Supplements that define every hook and do nothing.

/** One of this module, or of a copy of it. */
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

/** @param ownCode - each is of a copy of this file, so that no two share code: plug-ins of ten packages are ten times as much, which the processor has to fetch */
export async function registerIdle(sessions, count, ownCode) {
  for (let number = 1, make = supplement; number <= count; number += 1) {
    sessions.registerSupplement(make(`idle-${number}`));
    if (ownCode) ({ supplement: make } = await import(`${import.meta.url}?copy=${number}`));
  }
}
