// What a server process says of itself.
let from = process.cpuUsage();

export const resources = {
  /** CPU of all threads from now on. */
  begin() {
    from = process.cpuUsage();
  },
  /** Seconds since `begin`. */
  cpu() {
    const { user, system } = process.cpuUsage(from);
    return { user: user / 1e6, system: system / 1e6 };
  },
  /** Bytes, after two collections. Wants --expose-gc. */
  async memory() {
    globalThis.gc();
    await new Promise((resolve) => {
      setTimeout(resolve, 200);
    });
    globalThis.gc();
    const { heapUsed, rss, external, arrayBuffers } = process.memoryUsage();
    return { heapUsed, rss, external, arrayBuffers };
  },
};
