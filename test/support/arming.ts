import { armCrashPoint } from '../../src/base/crash-points.js';

/** In a server that a test has started: arms the crash point that it is told, and says so. */
process.on('message', (point: string) => {
  armCrashPoint(point);
  process.send?.('armed');
});
process.channel?.unref(); // nobody stays for that alone
