import { RelayLoop } from '@millrace/messaging';
import type { Runtime } from '@millrace/service';
import type { EraseEverywhere } from './erase-everywhere.js';

/** Goes on with open erasures: after a restart, and again and again while a service is down. */
export class ErasureLoop {
  private readonly loop: RelayLoop;

  constructor(runtime: Runtime, erasures: EraseEverywhere) {
    this.loop = new RelayLoop(
      () => erasures.pass(),
      () => runtime.log.warn('an erasure waits for a service that does not answer'),
    );
  }

  /** Called by the container when the service has started. */
  onApplicationBootstrap(): void {
    this.loop.start();
  }

  /** Called by the container before the service stops. */
  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }
}
