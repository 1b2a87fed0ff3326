/** Reads a pcap file with tshark: what a person would see. */
import { spawnSync } from 'node:child_process';

const TSHARK = 'tshark';

export const tsharkMissing = spawnSync(TSHARK, ['--version']).error !== undefined;

export interface SeenPacket {
  readonly epoch: string;
  readonly source: string;
  readonly destination: string;
  readonly ports: string;
  /** Method, or status and the method it answers; one a message. */
  readonly sip: readonly string[];
}

const FIELDS = ['frame.time_epoch', 'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst', 'udp.srcport', 'udp.dstport', 'tcp.srcport', 'tcp.dstport'];
const SIP_FIELDS = ['sip.Request-Line', 'sip.Status-Line', 'sip.CSeq.method'];
const CHECKS = ['ip.check_checksum', 'udp.check_checksum', 'tcp.check_checksum'].flatMap((name) => ['-o', `${name}:TRUE`]);

function run(path: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(TSHARK, ['-n', '-r', path, ...CHECKS, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tshark ended with ${status}: ${stderr}`);
  return stdout;
}

export function readPcap(path: string): SeenPacket[] {
  const fields = [...FIELDS, ...SIP_FIELDS].flatMap((name) => ['-e', name]);
  return run(path, ['-T', 'fields', '-E', 'separator=|', '-E', 'aggregator=~', ...fields])
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [epoch, src4, dst4, src6, dst6, udpFrom, udpTo, tcpFrom, tcpTo, requests, statuses, methods] = line.split('|') as string[];
      const first = (request: string | undefined): string => request?.split(' ')[0] ?? '';
      const sip = requests !== '' && requests !== undefined ? requests.split('~').map(first) : [];
      if (statuses !== '' && statuses !== undefined) {
        const answered = methods!.split('~').slice(sip.length);
        sip.push(...statuses.split('~').map((text, at) => `${text.split(' ')[1]} ${answered[at]}`));
      }
      return {
        epoch: epoch!,
        source: src4 === '' ? src6! : src4!,
        destination: dst4 === '' ? dst6! : dst4!,
        ports: udpFrom === '' ? `tcp ${tcpFrom} ${tcpTo}` : `udp ${udpFrom} ${udpTo}`,
        sip,
      };
    });
}

/** Lines of packets with which something is wrong: malformed, a checksum that is bad or was not looked at, a stream out of order. */
export function complaints(path: string): string[] {
  const wrong =
    '_ws.malformed || ip.checksum.status == 0 || udp.checksum.status != 1 || tcp.checksum.status != 1 || ' +
    'tcp.analysis.lost_segment || tcp.analysis.out_of_order || tcp.analysis.retransmission || tcp.analysis.ack_lost_segment || _ws.expert.severity >= 0x600000';
  return run(path, ['-Y', wrong])
    .split('\n')
    .filter((line) => line !== '');
}
