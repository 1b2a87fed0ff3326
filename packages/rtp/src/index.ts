/** Where a stream's packets come and go: ports, sockets, packets, beat, jitter, keys, G.711 and tones. */
export type { RtpErrors } from './errors.ts';
export { createRtpPorts, nullPorts, type NullPortsOptions, type RtpPorts, type RtpPortsOptions } from './ports.ts';
export type { PortRange } from './port-pool.ts';
export type { DatagramNetwork } from './node-network.ts';
export type { Latching, MediaReceiver, MediaTransport, RemoteMedia } from './transport.ts';
export type { RtpStats } from './counters.ts';

export type { RtpStream } from './stream.ts';
export type { FrameSource, StreamDirection, StreamMedia, StreamOptions, StreamStats } from './stream-options.ts';
export { SettledStream, type MediaSettings } from './settled-stream.ts';
export type { EventListener, FrameSink, PacketTap } from './incoming.ts';
export type { PayloadType } from './payload-type.ts';
export type { JitterStats } from './jitter-buffer.ts';
export type { RemoteView } from './control.ts';
export type { DigitOptions } from './event-sender.ts';
export type { TelephoneEvent } from './event-receiver.ts';
export type { DtmfDigit } from './telephone-event.ts';

export { readRtp, writeRtp, type RtpPacket } from './packet.ts';
export { readRtcp, writeRtcp, type ReportBlock, type RtcpCompound, type RtcpReport, type SenderInfo } from './rtcp.ts';

export { decodePcma, decodePcmu, encodePcma, encodePcmu } from './g711.ts';
export { BUSY, RINGBACK, ToneGenerator, dtmfTone, tonePower, type ToneOptions } from './tone.ts';
export { readWav, type WavAudio } from './wav.ts';
