/** The desk of the session's testing entry with the audio handler at it. */
import { direction, type MediaSection } from '@jackfield/sdp';
import { StreamDesk, type StreamDeskOptions } from '@jackfield/session/testing';
import { registerAudio, type AudioOptions } from '../src/index.ts';
import type { RtpAudio } from '../src/rtp-audio.ts';

export class Desk extends StreamDesk<RtpAudio> {
  constructor(options: AudioOptions, setting?: StreamDeskOptions) {
    super('audio', (sessions) => registerAudio(sessions, options), setting);
  }
}

/** What an m= line and its attributes say, in short: `0 8 101 | sendrecv`. */
export const short = (section: MediaSection): string => `${section.formats.join(' ')} | ${direction(section)}`;
