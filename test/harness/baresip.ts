/** Runs baresip for one call on loopback: what it says is a sound file of ours, what it hears it writes to another. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWav, type WavAudio } from '@jackfield/rtp';
import { Child } from './child.ts';

const MODULES = ['g711.so', 'aufile.so', 'aubridge.so', 'sndfile.so'];
const FOLDERS = ['/usr/lib/baresip/modules', '/usr/local/lib/baresip/modules', `/usr/lib/${machine()}/baresip/modules`];

export interface BaresipCall {
  readonly code: number | null;
  readonly lines: readonly string[];
  /** What it took from the packets that came; absent where there was no call. */
  readonly heard: WavAudio | undefined;
}

export interface BaresipOptions {
  /** File of the authority whose certificates it takes: from 1.1 on, and none but those. Before, it takes any. */
  readonly authority?: string | undefined;
  /** File with the certificate that it shows, and its key. */
  readonly certificate?: string | undefined;
}

/** Dials, talks for `seconds`, and hangs up. @param says - mono, at 8 kHz */
export async function baresipCalls(target: string, says: Int16Array, seconds: number, options: BaresipOptions = {}): Promise<BaresipCall> {
  const folder = await mkdtemp(join(tmpdir(), 'jackfield-baresip-'));
  try {
    await mkdir(join(folder, 'heard'));
    await writeFile(join(folder, 'says.wav'), wavFile(says));
    await writeFile(join(folder, 'config'), configuration(folder, await moduleFolder(), options));
    await writeFile(join(folder, 'accounts'), '<sip:tester@127.0.0.1>;regint=0;audio_codecs=pcmu/8000/1\n');
    await writeFile(join(folder, 'contacts'), '');
    const child = new Child('baresip', ['-f', folder, '-t', String(seconds), '-e', `/dial ${target}`]);
    const late = setTimeout(() => void child.stop('SIGKILL'), (seconds + 10) * 1000);
    const { code } = await child.ended.finally(() => clearTimeout(late));
    const written = (await readdir(join(folder, 'heard'))).find((name) => name.endsWith('-dec.wav'));
    const heard = written === undefined ? undefined : readWav(await readFile(join(folder, 'heard', written)));
    return { code, lines: child.lines, heard };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** baresip 1.0. `aubridge` is a loudspeaker that nobody hears; `sndfile` writes what comes by. */
function configuration(folder: string, modules: string, { authority, certificate }: BaresipOptions): string {
  return [
    'poll_method epoll',
    'net_interface 127.0.0.1', // it finds no loopback by itself
    'sip_listen 127.0.0.1:0',
    ...(authority === undefined ? [] : [`sip_cafile ${authority}`, 'sip_verify_server yes']),
    ...(certificate === undefined ? [] : [`sip_certificate ${certificate}`]),
    `audio_source aufile,${join(folder, 'says.wav')}`,
    'audio_player aubridge,nobody',
    'audio_alert aubridge,nobody',
    'ausrc_srate 8000',
    'auplay_srate 8000',
    'ausrc_channels 1',
    'auplay_channels 1',
    `snd_path ${join(folder, 'heard')}`,
    `module_path ${modules}`,
    ...MODULES.map((name) => `module ${name}`),
    'module_tmp account.so',
    'module_app menu.so',
    '',
  ].join('\n');
}

async function moduleFolder(): Promise<string> {
  for (const folder of FOLDERS) {
    const names: readonly string[] = await readdir(folder).catch(() => []);
    if (MODULES.every((name) => names.includes(name))) return folder;
  }
  throw new Error(`baresip's modules ${MODULES.join(', ')} are in none of ${FOLDERS.join(', ')}`);
}

function machine(): string {
  return `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
}

/** Linear, 16 bits, mono, 8 kHz. */
function wavFile(samples: Int16Array): Buffer {
  const file = Buffer.alloc(44 + 2 * samples.length);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // linear
  file.writeUInt16LE(1, 22); // channels
  file.writeUInt32LE(8000, 24);
  file.writeUInt32LE(16_000, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((sample, at) => file.writeInt16LE(sample, 44 + 2 * at));
  return file;
}
