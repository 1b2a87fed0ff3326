/** The dialogs of one session: one, or several while an INVITE of ours forks (RFC 3261 §12.1), and which of them it speaks in. */
import type { Dialog, DialogView, DigestClient, Flow } from '@jackfield/sip';
import type { Endpoint } from '../contract/endpoint.ts';
import type { CallHome } from './call-home.ts';
import type { Refreshing } from './call-parts.ts';
import { withOne, withoutOne } from './few.ts';

/** The part of a call that it is built on, and not an object of its own: every call has one. */
export class CallDialogs {
  readonly home: CallHome;
  /** Another, once a 3xx has led to another host. */
  endpoint: Endpoint;
  /** The selected dialog; before there is one, its Call-ID and our tag. */
  view: DialogView;
  dialog: Dialog | undefined;
  /** The address that the peer reaches us at: c= of our descriptions. */
  localAddress = '';
  /** Where our sockets for it are. */
  bindAddress = '';
  /** Highest CSeq in a dialog of ours that was dropped: its fork may answer after all, and has heard our PRACKs. */
  droppedSequence = 0;
  refreshing!: Refreshing; // set by the session that is built around this call
  #dialogs: readonly Dialog[] = [];

  constructor(home: CallHome, endpoint: Endpoint, view: DialogView) {
    this.home = home;
    this.endpoint = endpoint;
    this.view = view;
  }

  get id(): string {
    return `${this.view.callId};${this.view.localTag}`;
  }

  get dialogs(): readonly Dialog[] {
    return this.#dialogs;
  }

  /** By `flow`, from now on. @returns whether that is another address of ours */
  reachedBy({ advertised: { host, behind = host } }: Flow): boolean {
    if (this.localAddress === host && this.bindAddress === behind) return false;
    this.localAddress = host;
    this.bindAddress = behind;
    return true;
  }

  use(dialog: Dialog): void {
    if (this.#dialogs.includes(dialog)) return;
    this.#dialogs = withOne(this.#dialogs, dialog);
    this.equip(dialog);
  }

  /** A dialog with this peer: our credentials, and the way to it. */
  equip(dialog: Dialog): void {
    this.home.gate.equip(dialog, this.endpoint);
  }

  /** Who we are to this peer. */
  get digest(): DigestClient | undefined {
    return this.home.gate.digestOf(this.endpoint);
  }

  select(dialog: Dialog): void {
    this.use(dialog);
    this.dialog = dialog;
    this.view = dialog;
  }

  drop(dialog: Dialog): void {
    this.#dialogs = withoutOne(this.#dialogs, dialog);
    this.droppedSequence = Math.max(this.droppedSequence, dialog.localSequence);
    dialog.terminate();
    this.refreshing.lost(dialog);
  }
}
