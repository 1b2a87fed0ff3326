/** The desk of the session's testing entry with the video handler at it. */
import { direction, type MediaSection } from '@jackfield/sdp';
import { StreamDesk, type StreamDeskOptions } from '@jackfield/session/testing';
import { registerVideo, type VideoOptions } from '../src/index.ts';
import type { RtpVideo } from '../src/rtp-video.ts';

export class Desk extends StreamDesk<RtpVideo> {
  constructor(options: VideoOptions, setting?: StreamDeskOptions) {
    super('video', (sessions) => registerVideo(sessions, options), setting);
  }
}

/** What an m= line and its attributes say, in short: `0 8 101 | sendrecv`. */
export const short = (section: MediaSection): string => `${section.formats.join(' ')} | ${direction(section)}`;
