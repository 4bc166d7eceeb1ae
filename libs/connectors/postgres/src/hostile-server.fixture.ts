import net from 'node:net';
import { int32At } from './copy/wire.js';

export interface HostileServer extends AsyncDisposable {
  readonly port: number;
}

/** A server that accepts whoever comes and hands the socket to `talk`. */
export async function hostileServer(talk: (socket: net.Socket) => void): Promise<HostileServer> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What becomes of a message on its way to the client; `cut` ends the connection after the bytes given before. */
export type Tamper = (message: Buffer) => Buffer | readonly (Buffer | 'cut')[];

/** A real server behind somebody who changes its messages; `tamper` is made anew for each connection. */
export function behindTampering(
  upstream: { readonly host: string; readonly port: number },
  tamper: () => Tamper,
): Promise<HostileServer> {
  return hostileServer((client) => {
    const server = net.connect(upstream.port, upstream.host);
    const change = tamper();
    let rest = Buffer.alloc(0);
    client.on('data', (chunk) => server.write(chunk)).on('close', () => server.destroy());
    server.on('error', () => client.destroy()).on('close', () => client.end());
    server.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 5 && rest.length > int32At(rest, 1)) {
        const size = 1 + int32At(rest, 1);
        const sent = change(rest.subarray(0, size));
        rest = rest.subarray(size);
        for (const part of Buffer.isBuffer(sent) ? [sent] : sent) {
          if (part === 'cut') return void client.destroySoon();
          client.write(part);
        }
      }
    });
  });
}

/** A message of type `type`; a `length` that lies is written in place of the true one. */
export function message(type: string, body: Buffer | string, length = Buffer.byteLength(body) + 4): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, Buffer.from(body)]);
}

/** Leaves everything as it is but the `number`th COPY message, counted from 1: the first holds the header. */
export function onCopyMessage(
  number: number,
  change: (message: Buffer) => Buffer | readonly (Buffer | 'cut')[],
): () => Tamper {
  return () => {
    let seen = 0;
    return (one) => (one[0] === 0x64 && ++seen === number ? change(Buffer.from(one)) : one);
  };
}
