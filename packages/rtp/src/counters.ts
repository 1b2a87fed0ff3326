/** What one set of ports has counted since it was made. Shared by its transports and streams, so that nothing is lost when they close. */

export class RtpCounters {
  packetsIn = 0;
  packetsOut = 0;
  controlIn = 0;
  controlOut = 0;
  eventsIn = 0;
  eventsOut = 0;
  /** No RTP packet of version 2, or one whose lengths do not add up. */
  droppedMalformed = 0;
  /** From another place than the negotiated or learned one. */
  droppedSource = 0;
  /** Of a payload type that was not agreed. */
  droppedPayloadType = 0;
  /** Numbered far from where its source is. */
  droppedStray = 0;
  /** Before a remote side was set, or while there is none. */
  droppedEarly = 0;
  /** RTCP that does not hold together, or where none is expected. */
  droppedControl = 0;
  /** Arrived while our direction takes nothing in. */
  droppedDirection = 0;
  /** Not sent, as no remote side was known. */
  unsent = 0;
  /** Failures that a socket reported. */
  socketErrors = 0;
  /** Sources, sinks and listeners that threw. */
  callbackErrors = 0;

  copy(): RtpTotals {
    return Object.assign({}, this);
  }
}

export type RtpTotals = { readonly [name in keyof RtpCounters as RtpCounters[name] extends number ? name : never]: number };

/** `live`: what is held now, all 0 when idle. `total`: counted since the start. */
export interface RtpStats {
  readonly live: {
    /** Pairs of ports. */
    readonly ports: number;
    readonly streams: number;
    /** Timers on the clock: one for all frames, one for each stream's reports, one for each key that is held down. */
    readonly timers: number;
  };
  readonly total: RtpTotals;
}
