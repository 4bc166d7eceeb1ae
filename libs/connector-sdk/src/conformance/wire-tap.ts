import net from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Dial, HostPort } from '../connector.js';

/**
 * Stands between a connector and its system and writes down what comes from there, and whom the connector dialled. Bytes
 * pass through a second socket, so that the connector's own reading is left as it is.
 */
export class WireTap {
  readonly dialled: HostPort[] = [];
  private readonly received: Buffer[] = [];
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private readonly waiting: Socket[] = [];

  constructor(private readonly inner: Dial) {}

  readonly dial: Dial = async (address, signal) => {
    this.dialled.push(address);
    const far = await this.inner(address, signal);
    const port = await this.listen();
    this.waiting.push(far);
    const near = net.connect({ host: '127.0.0.1', port });
    this.keep(near);
    await new Promise((resolve, reject) => near.once('connect', resolve).once('error', reject));
    return near;
  };

  /** Connections of the connector that are open now. */
  get open(): number {
    return [...this.sockets].filter((socket) => !socket.destroyed).length;
  }

  /** Whether the bytes came over the wire in this form. */
  saw(text: string): boolean {
    return Buffer.concat(this.received).includes(text);
  }

  forget(): void {
    this.received.length = 0;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server?.close();
  }

  private async listen(): Promise<number> {
    if (!this.server) {
      this.server = net.createServer({ allowHalfOpen: true }, (near) => this.join(near, this.waiting.shift()!));
      await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
    }
    return (this.server.address() as AddressInfo).port;
  }

  private join(near: Socket, far: Socket): void {
    near.setNoDelay(true);
    far.on('data', (chunk: Buffer) => this.received.push(Buffer.from(chunk)));
    far.pipe(near);
    near.pipe(far);
    const end = () => {
      near.destroy();
      far.destroy();
    };
    near.once('close', end).on('error', end);
    far.once('close', () => near.end()).on('error', end);
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
  }
}
