// The protections, each as the text to be replaced. A text that is not found exactly once fails the run: then the source has changed, and this with it.
const calls = 'session/src/calls';

export const BITES = {
  'ACK of a second 2xx': [
    {
      file: `${calls}/unwanted-success.ts`,
      from: 'const acknowledged = dialog.acknowledge(transaction.request, ack instanceof RequestDraft ? { headers: ack.headers.list } : {});',
      to: 'const acknowledged = (): void => undefined;',
    },
  ],
  '491 timer': [
    {
      file: `${calls}/glare.ts`,
      from: "return role === 'uac' ? 2100 + 10 * random.integer(191) : 10 * random.integer(201);",
      to: 'void [role, random];\n  return 0;',
    },
  ],
  'rollback of what was refused': [{ file: `${calls}/refresh-answer.ts`, from: 'if (entry.offered) call.media.rollback();', to: '' }],
  'rollback in handlers': [{ file: `${calls}/negotiation.ts`, from: 'else this.#streams.rollback(draft.live);', to: '' }],
  'queue flush on BYE': [
    {
      file: `${calls}/refresh-queue.ts`,
      from: "for (const { done } of this.#entries()) done.resolve({ kind: 'ended', end });",
      to: 'void end;',
    },
    { file: `${calls}/open-ends.ts`, from: 'if (this.#open.first !== undefined) this.#open.dropAll(error());', to: 'void error;' },
  ],
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
  '64·T1 on 2xx': [{ file: `${calls}/answer-timers.ts`, from: 'this.#patience = this.#call.timer(64 * t1, lost);', to: 'void lost;' }],
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
