/** A page in headless Chromium, with a profile of its own, that finds one script of ours and reaches nothing but loopback. */
import { createHash, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { bundle } from './bundle.ts';

const QUIET = [
  '--no-sandbox', // it refuses to be root's without
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-proxy-server',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

export interface PageOptions {
  /** TypeScript, relative to the root of the repository. */
  readonly script: string;
  /** Certificates that it takes though nobody it knows has signed them, PEM. */
  readonly trusted?: readonly string[] | undefined;
}

export class Browser {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #close: () => Promise<void>;

  static async open({ script, trusted = [] }: PageOptions): Promise<Browser> {
    const source = await readFile(await bundle(script, 'page'), 'utf8');
    const server = createServer((request, response) => {
      const asked = request.url === '/script.js';
      response.setHeader('Content-Type', asked ? 'text/javascript' : 'text/html');
      response.end(asked ? source : '<!doctype html><meta charset="utf-8"><title>jackfield</title><script src="/script.js"></script>');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const folder = await mkdtemp(join(tmpdir(), 'jackfield-chromium-'));
    const close = async (): Promise<void> => {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    };
    try {
      const context = await chromium.launchPersistentContext(folder, {
        executablePath: executable(),
        headless: true,
        args: [...QUIET, ...(trusted.length === 0 ? [] : [`--ignore-certificate-errors-spki-list=${trusted.map(pinOf).join(',')}`])],
        timeout: 30_000,
      });
      const page = context.pages()[0] ?? (await context.newPage());
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      return new Browser(page, context, close);
    } catch (error) {
      await close();
      throw error;
    }
  }

  private constructor(page: Page, context: BrowserContext, close: () => Promise<void>) {
    this.page = page;
    this.#context = context;
    this.#close = close;
  }

  async close(): Promise<void> {
    await this.#context.close();
    await this.#close();
  }
}

function executable(): string {
  const found = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'chromium'));
  return found.find((path) => existsSync(path)) ?? 'chromium';
}

/** SHA-256 of the public key, as Chromium wants it. */
function pinOf(pem: string): string {
  return createHash('sha256')
    .update(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}
