// The protections, each as the text to be replaced. A text that is not found exactly once fails the run: then the source has changed, and this with it.
const calls = 'session/src/calls';

/** Each is to be found in as many seeds as `npm test` plays. */
export const BITES = {
  'ACK of a second 2xx': [
    {
      file: `${calls}/unwanted-success.ts`,
      from: "const acknowledged = dialog.acknowledge(transaction.request, hooks ? { headers: call.prepare('ACK').headers.list } : {});",
      to: 'const acknowledged = (): void => undefined;',
    },
  ],
  '491 timer': [
    {
      file: `${calls}/crossing.ts`,
      from: "return role === 'uac' ? 2100 + 10 * random.integer(191) : 10 * random.integer(201);",
      to: 'void [role, random];\n  return 0;',
    },
  ],
  'rollback of what was refused': [{ file: `${calls}/refresh-answer.ts`, from: 'if (entry.offered) call.media.rollback();', to: '' }],
  'queue flush on BYE': [
    {
      file: `${calls}/verb.ts`,
      from: "this.resolve({ kind: 'ended', end: this.#end.over! });",
      to: 'this.reject(this.#end.error());',
    },
  ],
  'glare refusals': [
    { file: `${calls}/crossing.ts`, from: 'if (underway === 0) return undefined;', to: 'if (underway >= 0) return undefined;' },
  ],
  'INVITE of ours under way': [
    { file: `${calls}/crossing.ts`, from: "{ meets: UNDERWAY.ourInvite, gets: 491, rule: 'UAS-IcI' },", to: '' },
  ],
  'o= version': [
    {
      file: `${calls}/local-description.ts`,
      from: 'this.#last === undefined ? fresh : withOriginAfter(fresh, this.#last.description);',
      to: "this.#last === undefined ? fresh : { ...fresh, lines: fresh.lines.map((line) => (line.startsWith('o=') ? this.#last!.description.lines.find((one) => one.startsWith('o='))! : line)) };",
    },
  ],
  'PRACK timeout': [{ file: `${calls}/reliable-responses.ts`, from: 'this.#patience = this.#call.timer(ms, this.#lost);', to: '' }],
  'RSeq check': [{ file: `${calls}/early-leg.ts`, from: 'sequence === this.#sequence + 1 && ', to: '' }],
  '2xx held until the PRACK': [
    {
      file: `${calls}/early-answer.ts`,
      from: "if (this.exchange !== 'said') return false;",
      to: 'if (this.exchange === this.exchange) return false;',
    },
  ],
  'end by a refresh that fails': [
    {
      file: `${calls}/hang-up.ts`,
      from: "return consequence === 'dialog' || (consequence === 'usage' && !ofSubscription(method));",
      to: 'return false;',
    },
  ],
  'losers of a fork': [
    { file: `${calls}/winner.ts`, from: 'for (const other of call.dialogs) if (other !== dialog) call.drop(other);', to: '' },
  ],
  'timers of an ended session': [{ file: `${calls}/call-end.ts`, from: 'this.#timers.dropAll(undefined);', to: '' }],
  'PRACK matching': [
    {
      file: `${calls}/reliable-responses.ts`,
      from: 'if (open === undefined || open.acknowledged || rack?.response !== open.sequence) return false;',
      to: 'if (open === undefined || open.acknowledged || rack === undefined) return false;',
    },
  ],
  'CSeq check': [
    {
      file: 'sip/src/dialogs/layer.ts',
      from: 'if (dialog.remoteSequence !== undefined && sequence < dialog.remoteSequence) {',
      to: 'if (dialog.remoteSequence !== undefined && sequence < 0) {',
    },
  ],
  '64·T1 on 2xx': [
    { file: `${calls}/answer-timers.ts`, from: 'if (leftMs <= afterMs) return lost();', to: 'if (leftMs <= afterMs) return undefined;' },
  ],
  'cookie destroyed once': [
    {
      file: 'session/src/cookies.ts',
      from: 'this.#destroy(slot.key, slot.value, run);',
      to: 'this.#destroy(slot.key, slot.value, run);\n    this.#destroy(slot.key, slot.value, run);',
    },
  ],
  'handler pinning': [
    {
      file: `${calls}/stream-calls.ts`,
      from: 'live !== undefined ? [live.handler] : handlers.forKind(remote.kind)',
      to: 'handlers.forKind(remote.kind)',
    },
  ],
  'To tag of forks': [
    {
      file: `${calls}/outgoing-invite.ts`,
      from: 'if (this.#winner?.acknowledged === true && this.#winner.dialog.remoteTag === response.to.tag) return',
      to: 'if (this.#winner?.acknowledged === true) return',
    },
  ],
};

/** Rarer ones: in half as many again. */
export const RARE_BITES = {
  'rollback in handlers': [{ file: `${calls}/negotiation.ts`, from: 'else this.#streams.rollback(draft.live);', to: '' }],
};

/** For `test/simulation`. */
export const TRANSFER_BITES = {
  'end of what nobody refreshes': [
    {
      file: 'supplement-session-timers/src/call-timer.ts',
      from: 'hangUp: (timer) => void timer.#session.end({ headers: { Reason: REASON } }),',
      to: 'hangUp: (timer) => void timer,',
    },
  ],
  'end of what was replaced': [{ file: 'supplement-refer/src/replacement.ts', from: 'void replaced.end();', to: '' }],
};
